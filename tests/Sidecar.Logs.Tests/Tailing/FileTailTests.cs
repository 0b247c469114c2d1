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
    public void A_file_that_became_shorter_was_replaced_even_if_it_still_begins_with_what_was_read()
    {
        var head = string.Concat(Enumerable.Repeat("the same banner\n", 300));
        var path = _volume.Write("app.log", head + "one\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        tail.Bookmark = tail.Bookmark.Advance(Encoding.UTF8.GetBytes(head[..1600]));
        tail.Poll(1, Timeouts);

        File.WriteAllText(path, head);
        tail.Poll(2, Timeouts);

        Assert.True(tail.IsReplaced);
        Assert.Equal(head.Length + 4 - 1600, tail.Restart());
    }

    [Fact]
    public void A_file_of_which_nothing_was_read_is_known_by_what_was_seen_of_its_head()
    {
        var path = _volume.Write("app.log", "one\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        Assert.False(tail.CheckReplaced());

        File.WriteAllText(path, "another\n");
        tail.Poll(1, Timeouts);

        Assert.True(tail.IsReplaced);
        Assert.Equal(4, tail.Restart());
        Assert.False(tail.CheckReplaced());
    }

    [Fact]
    public void What_truncation_after_truncation_took_is_added_up()
    {
        var path = _volume.Write("app.log", "123456789\n");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        tail.Bookmark = tail.Bookmark.Advance("1234"u8);
        tail.Poll(1, Timeouts);

        File.WriteAllText(path, "abc\n");
        tail.Poll(2, Timeouts);
        tail.Poll(3, Timeouts);
        File.WriteAllText(path, "");
        tail.Poll(4, Timeouts);

        Assert.Equal(6 + 4, tail.Restart());
    }

    [Fact]
    public void NULs_at_the_end_are_nothing_to_read_until_something_is_written()
    {
        var path = _volume.Write("app.log", "one\n\0\0\0\0\0\0\0\0");
        using var tail = FileTail.Open(Sources.Of(path), path, 0, out _)!;
        tail.Poll(1, Timeouts);

        tail.HoldEmptyEnd(4);
        tail.Bookmark = tail.Bookmark.Advance("one\n"u8);

        Assert.Equal(0, tail.Unread);
        Assert.False(tail.Poll(60_000, Timeouts));
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 4;
            file.Write("two\n"u8);
        }

        File.SetLastWriteTimeUtc(path, new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.True(tail.Poll(60_001, Timeouts));
        Assert.Equal(8, tail.Unread);
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
    public void An_application_may_lock_its_log_whether_it_is_followed_or_not()
    {
        var path = _volume.Write("app.log", "one\n");
        using var first = FileTail.Open(Sources.Of(path), path, 0, out _);

        using var writer = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None);
        using var second = FileTail.Open(Sources.Of(path), path, 0, out _);

        Assert.NotNull(first);
        Assert.NotNull(second);
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
