using System.Text;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Tailing;

public sealed class BookmarkTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void Knows_its_file_again_however_it_was_read_and_however_it_grew()
    {
        var text = string.Concat(Enumerable.Range(0, 200).Select(n => $"line {n}\n"));
        using var file = Open(text + "more\n");
        var bytes = Encoding.UTF8.GetBytes(text);

        for (var step = 1; step < 700; step += 37)
        {
            var bookmark = Bookmark.Start;
            for (var at = 0; at < bytes.Length; at += step)
                bookmark = bookmark.Advance(bytes.AsSpan(at, Math.Min(step, bytes.Length - at)));

            Assert.Equal(bytes.Length, bookmark.Offset);
            Assert.True(bookmark.IsIn(file));
        }
    }

    [Theory]
    [InlineData("short\n")]
    [InlineData("other head that is longer than what was read\n")]
    [InlineData("the same head\nbut another line before the place\n")]
    public void Is_not_in_a_file_that_is_shorter_or_holds_something_else(string now)
    {
        using var file = Open(now);

        Assert.False(Bookmark.Start.Advance("the same head\n"u8).Advance("and what was read up to here\n"u8).IsIn(file));
    }

    [Fact]
    public void The_beginning_is_in_every_file()
    {
        using var file = Open("");

        Assert.True(Bookmark.Start.IsIn(file));
    }

    [Fact]
    public void The_end_of_a_file_is_known_again_too()
    {
        using var file = Open(new string('x', 1000) + "\n");

        var end = Bookmark.After(file, file.Look().Size);

        Assert.Equal(1001, end.Offset);
        Assert.True(end.IsIn(file));
    }

    private PlainBytes Open(string text) => new(File.OpenHandle(_volume.Write("file", text)));
}
