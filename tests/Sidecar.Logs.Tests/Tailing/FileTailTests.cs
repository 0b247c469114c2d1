using System.Diagnostics;
using System.Text;
using Sidecar.Logs.Tailing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Tailing;

public sealed class FileTailTests : IDisposable
{
    private static readonly TailTimeouts Timeouts = new(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(500));

    private readonly TempVolume _volume = new();

    public void Dispose() => _volume.Dispose();

    [Fact]
    public void A_renamed_file_has_the_identity_it_had_and_a_new_one_of_its_name_another()
    {
        var path = _volume.Write("app.log", "old\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;

        File.Move(path, path + ".1");
        _volume.Write("app.log", "new\n");

        Assert.Equal(tail.Identity, FileStat.Of(path + ".1")!.Value.Identity);
        Assert.NotEqual(tail.Identity, FileStat.Of(path)!.Value.Identity);
    }

    [Fact]
    public void What_is_written_to_a_deleted_file_is_still_read()
    {
        var path = _volume.Write("app.log", "one\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        using var writer = File.AppendText(path);

        File.Delete(path);
        writer.Write("two\n");
        writer.Flush();

        Assert.True(tail.Poll(1, Timeouts));
        var bytes = new byte[100];
        Assert.Equal("one\ntwo\n", Encoding.UTF8.GetString(bytes, 0, tail.Read(bytes, 0)));
    }

    [Fact]
    public void A_file_that_became_shorter_was_replaced_and_says_how_much_was_never_read()
    {
        var path = _volume.Write("app.log", "one\ntwo\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        tail.Bookmark = tail.Bookmark.Advance("one\n"u8);
        File.WriteAllText(path, "x\n");

        Assert.False(tail.Poll(1, Timeouts));
        Assert.True(tail.IsReplaced);
        Assert.Equal(4, tail.Restart());
        Assert.Equal(0, tail.Bookmark.Offset);
        Assert.True(tail.Poll(2, Timeouts));
    }

    [Fact]
    public void A_file_that_was_written_anew_and_longer_is_noticed_by_what_it_holds()
    {
        var path = _volume.Write("app.log", "one\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        tail.Bookmark = tail.Bookmark.Advance("one\n"u8);
        File.WriteAllText(path, "two and more than before\n");

        Assert.True(tail.CheckReplaced());
    }

    [Fact]
    public void Held_bytes_are_something_to_do_once_they_were_quiet_and_at_once_when_more_come()
    {
        var path = _volume.Write("app.log", "half");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        tail.Poll(0, Timeouts);
        tail.Hold(4, isPartial: true);

        Assert.False(tail.Poll(4999, Timeouts));
        Assert.True(tail.Poll(5000, Timeouts));
        File.AppendAllText(path, " a line");
        Assert.True(tail.Poll(5001, Timeouts));
        tail.Hold(11, isPartial: false);
        Assert.False(tail.Poll(5500, Timeouts));
        Assert.True(tail.Poll(5501, Timeouts));
    }

    [Fact]
    public void A_pipe_or_a_folder_is_no_file_and_does_not_block()
    {
        var pipe = _volume.PathOf("pipe");
        using (var mkfifo = Process.Start("mkfifo", pipe))
            mkfifo.WaitForExit();

        Assert.Null(FileTail.Open(Sources.Of(pipe), pipe, 0, out var pipeReason));
        Assert.Null(FileTail.Open(Sources.Of(_volume.Root), _volume.Root, 0, out var folderReason));
        Assert.Null(FileTail.Open(Sources.Of(pipe), _volume.PathOf("none"), 0, out var noneReason));
        Assert.Equal(("it is not a regular file", "it is not a regular file", null), (pipeReason, folderReason, noneReason));
    }
}
