using Microsoft.Win32.SafeHandles;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tailing;

/// Reads one file to its end whatever happens to its name. The open handle keeps a deleted file readable.
/// The bookmark moves only with acknowledgements, so the file itself is the buffer of everything that is not stored yet.
internal sealed class FileTail : IDisposable
{
    private readonly SafeFileHandle _file;
    private volatile Bookmark _bookmark;
    private long _size;
    private long _grewAt;
    private long _heldSize = -1;
    private volatile bool _isHeldPartial;
    private volatile bool _isReplaced;
    private long _goneUnread;

    private FileTail(LogSource source, string path, SafeFileHandle file, FileStat stat, long now)
    {
        Source = source;
        Path = path;
        _file = file;
        Identity = stat.Identity;
        ModifiedMs = stat.ModifiedMs;
        _bookmark = Bookmark.Start;
        _size = stat.Size;
        _grewAt = now;
    }

    public LogSource Source { get; }

    public FileIdentity Identity { get; }

    /// When the file was last written to before it was opened.
    public long ModifiedMs { get; }

    /// The last name under which the file was seen.
    public string Path { get; set; }

    /// Since when the file is not found under its name; null while it is. In milliseconds of the agent's clock.
    public long? LostNameAt { get; set; }

    /// Whether it was found by its identity, under a name that nobody looks for: such a file is only read to its end.
    public bool IsStray { get; set; }

    /// Everything before it is acknowledged.
    public Bookmark Bookmark
    {
        get => _bookmark;
        set => _bookmark = value;
    }

    public long Size => Volatile.Read(ref _size);

    public long Unread => Math.Max(0, Size - Bookmark.Offset);

    /// The time given to the last line that carried one, and how many lines have come since that had none.
    public DatedLine LastDated { get; set; }

    /// Where the last cut ended, and what was known there.
    public CutPlace? Place { get; set; }

    /// Opens a regular file. Null when it is gone by now, is something else, or may not be read (reason says which).
    public static FileTail? Open(LogSource source, string path, long now, out string? reason)
    {
        reason = null;
        // Opening a named pipe would block, so look first.
        if (FileStat.Of(path) is not { } seen)
            return null;

        if (!seen.IsRegular)
        {
            reason = "it is not a regular file";
            return null;
        }

        try
        {
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var stat = FileStat.Of(file);
            return new FileTail(source, path, file, stat, now);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
            return null;
        }
    }

    /// True when the bookmark is of this file, and is taken over.
    public bool TryResume(Bookmark bookmark)
    {
        if (!bookmark.IsIn(_file))
            return false;

        Bookmark = bookmark;
        return true;
    }

    /// True when this is a copy of a file that was read beyond what the copy holds: then there is nothing left to read in it.
    public bool TrySkipCopied(Bookmark bookmark)
    {
        if (Size > bookmark.Offset || !bookmark.BeginsIn(_file))
            return false;

        SkipToEnd();
        return true;
    }

    public void SkipToEnd() => Bookmark = Bookmark.AtEnd(_file);

    /// Looks at the size, and says whether there is something to send: bytes that are not held back, or were for long enough.
    public bool Poll(long now, TailTimeouts timeouts)
    {
        var size = FileStat.Of(_file).Size;
        var before = Size;
        if (size != before)
        {
            if (size < before)
                Volatile.Write(ref _goneUnread, Math.Max(0, before - Bookmark.Offset));
            Volatile.Write(ref _grewAt, now);
            Volatile.Write(ref _size, size);
        }

        var offset = Bookmark.Offset;
        if (size < offset)
            _isReplaced = true;
        if (_isReplaced || size <= offset)
            return false;

        return size != Volatile.Read(ref _heldSize) || QuietMs(now) >= timeouts.Of(_isHeldPartial);
    }

    /// For how long the size has not changed.
    public long QuietMs(long now) => now - Volatile.Read(ref _grewAt);

    /// True once the file was seen to be shorter than what was read of it, or to hold something else.
    public bool IsReplaced => _isReplaced;

    /// Whether the file still holds what was read of it.
    public bool CheckReplaced()
    {
        _isReplaced |= !Bookmark.IsIn(_file);
        return _isReplaced;
    }

    /// Starts again at the beginning of a replaced file; returns how many bytes at least were gone before they were read.
    public long Restart()
    {
        Bookmark = Bookmark.Start;
        LastDated = default;
        Place = null;
        Volatile.Write(ref _heldSize, -1);
        _isReplaced = false;
        return Interlocked.Exchange(ref _goneUnread, 0);
    }

    /// Whether another file holds all of this one and perhaps more: what a copy looks like while its original goes on. The two ends
    /// are compared, not all of it.
    public bool IsBeginningOf(FileTail other)
    {
        const int Compared = 64 * 1024;
        var size = FileStat.Of(_file).Size;
        return FileStat.Of(other._file).Size >= size && SameAt(0) && SameAt(Math.Max(0, size - Compared));

        bool SameAt(long offset)
        {
            var ours = new byte[Math.Min(Compared, size)];
            var theirs = new byte[ours.Length];
            var length = Read(ours, offset);
            return other.Read(theirs, offset) >= length && ours.AsSpan(0, length).SequenceEqual(theirs.AsSpan(0, length));
        }
    }

    public int Read(Span<byte> into, long offset) => RandomAccess.Read(_file, into, offset);

    /// Remembers that everything up to this size was looked at and the rest waits for more bytes, or for quiet.
    public void Hold(long size, bool isPartial)
    {
        _isHeldPartial = isPartial;
        Volatile.Write(ref _heldSize, size);
    }

    public void Dispose() => _file.Dispose();
}
