using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Tailing;

public sealed class HoleTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData(0, 4096, 0)]
    [InlineData(1, 4096, 1)]
    [InlineData(5000, 4096, 5000)]
    [InlineData(100, 100_000, 100)]
    [InlineData(100, 4095, -1)]
    [InlineData(0, 4095, -1)]
    public void Inside_a_file_only_as_many_NULs_as_a_page_has_are_a_hole(int before, int zeros, int expected)
    {
        byte[] bytes = [.. Enumerable.Repeat((byte)'x', before), .. new byte[zeros], .. "line\n"u8];

        Assert.Equal(expected, Hole.IndexIn(bytes, isStartOfFile: false));
    }

    [Theory]
    [InlineData("\0\0a", 0)]
    [InlineData("\0a", -1)]
    [InlineData("a\0\0", -1)]
    [InlineData("", -1)]
    public void At_the_start_of_a_file_two_are_one_for_a_single_one_may_be_half_a_character(string text, int expected)
    {
        Assert.Equal(expected, Hole.IndexIn(System.Text.Encoding.UTF8.GetBytes(text), isStartOfFile: true));
    }

    [Fact]
    public void Data_is_found_after_a_hole_to_the_byte_and_none_where_nothing_follows()
    {
        var path = _volume.PathOf("app.log");
        using (var file = File.OpenWrite(path))
        {
            file.Position = 1_000_003;
            file.Write("line\n"u8);
            file.SetLength(5_000_000);
        }

        using var bytes = new PlainBytes(File.OpenHandle(path, share: FileShare.ReadWrite));

        Assert.Equal(1_000_003, bytes.EndOfHole(0));
        Assert.Equal(1_000_003, bytes.EndOfHole(999_999));
        Assert.Null(bytes.EndOfHole(1_000_008));
    }

    [Fact]
    public void NULs_that_were_written_where_the_file_system_knows_no_hole_are_skipped_alike()
    {
        var path = _volume.PathOf("app.log");
        File.WriteAllBytes(path, [.. new byte[200_000], .. "line\n"u8]);

        using var bytes = new PlainBytes(File.OpenHandle(path));

        Assert.Equal(200_000, bytes.EndOfHole(0));
    }
}
