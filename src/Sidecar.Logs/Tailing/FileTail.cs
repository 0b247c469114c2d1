using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tailing;

/// Reads one file to its end whatever happens to its name. The open handle keeps a deleted file readable.
/// The bookmark moves only with acknowledgements, so the file itself is the buffer of everything that is not stored yet.
internal sealed class FileTail : IDisposable
{
    private readonly ITailBytes _bytes;
    private readonly Lock _looking = new();
    private readonly Lag _lag = new();
    private volatile Bookmark _bookmark = Bookmark.Start;
    private Fingerprint _seenHead = Fingerprint.Empty;
    private FileStat _seen;
    private EmptyEnd _emptyEnd;
    private long _size;
    private long _sureSize;
    private long _sureModifiedMs;
    private long _grewAt;
    private long _heldSize = -1;
    private volatile bool _isHeldPartial;
    private volatile bool _isReplaced;
    private volatile bool _isEarly;
    private long _goneSize;
    private long _goneBetween;

    private FileTail(LogSource source, string path, ITailBytes bytes, long now)
    {
        Source = source;
        Path = path;
        _bytes = bytes;
        var stat = bytes.Look();
        Identity = stat.Identity;
        _sureModifiedMs = stat.ModifiedMs;
        _grewAt = now;
        See(stat, now);
    }

    public LogSource Source { get; }

    public FileIdentity Identity { get; }

    /// When the file was made; 0 where nobody knows.
    public long BornMs => _seen.BornMs;

    /// Whether what was written to a file last may have been in this one before: a copy has a later time or, if it keeps its
    /// original's, the very same; one that keeps it is older than its birth.
    public bool MayBeOriginalOf(in FileStat copy) =>
        Math.Min(_seen.BornNs, _seen.ModifiedNs) < copy.ModifiedNs || _seen.ModifiedNs == copy.ModifiedNs;

    /// A copy is never made before its original. Of two of one tick of the volume's clock nobody knows which came first, and better
    /// one is read twice than not at all.
    public bool IsMadeBefore(in FileStat original) => _seen.BornNs != 0 && _seen.BornNs <= original.BornNs;

    /// When the file was last seen to be written to, by the clock of its volume.
    public long ModifiedMs => _seen.ModifiedMs;

    /// What the kernel said of it at the last look.
    public FileStat Seen => _seen;

    /// When it had been written to last when it surely was what it is known by: no copy of that is older.
    public long SureModifiedMs => Volatile.Read(ref _sureModifiedMs);

    public bool IsCompressed => _bytes.IsFixed;

    /// Whether several compressed files were put into it.
    public bool IsOfParts => _bytes is GzipBytes { IsOfParts: true };

    /// The last name under which the file was seen.
    public string Path { get; set; }

    /// What the file holds on its volume although it has no name any more.
    public long HeldBytes => _seen.IsDeleted ? _seen.AllocatedBytes : 0;

    /// When it is worth looking at the file again, in milliseconds of the agent's clock.
    public long NextLookAt { get; set; }

    /// The name that it bore before it was rotated, for one that was found under another.
    public string? Name { get; set; }

    /// The name under which its lines were written, as far as that is known: files that share it follow each other.
    public string Lineage => IsStray && Name is { } name ? name : Path;

    /// Whether files may not be found yet that bore its name before it: until they are, nothing of it is taken.
    public bool IsEarly
    {
        get => _isEarly;
        set => _isEarly = value;
    }

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

    /// The same, known by all that was seen of the file's head.
    public Bookmark SeenBookmark
    {
        get
        {
            lock (_looking)
                return _bookmark.WithHead(_seenHead);
        }
    }

    /// Up to where there is something to read; NULs that nothing follows are not.
    public long Size => Volatile.Read(ref _size);

    public long Unread => Math.Max(0, Size - Bookmark.Offset);

    /// What the lines before the bookmark have said of time.
    public LineClock Clock { get; set; }

    /// Where the last cut ended, and what was known there.
    public CutPlace? Place { get; set; }

    /// How often it began anew.
    public int Generation { get; private set; }

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

        if (OpenBytes(path, out reason) is not { } bytes)
            return null;

        try
        {
            return Over(source, path, bytes, now);
        }
        catch (IOException e)
        {
            reason = e.Message;
            bytes.Dispose();
            return null;
        }
    }

    /// Takes over bytes that are open.
    public static FileTail Over(LogSource source, string path, ITailBytes bytes, long now) => new(source, path, bytes, now);

    public bool Holds(Bookmark bookmark) => bookmark.IsIn(_bytes);

    /// True when the bookmark is of this file, and is taken over.
    public bool TryResume(Bookmark bookmark)
    {
        if (!Holds(bookmark))
            return false;

        Bookmark = bookmark;
        return true;
    }

    /// True when this is a copy of a file that was read beyond what the copy holds: then there is nothing left to read in it.
    public bool TrySkipCopied(Bookmark bookmark)
    {
        if (Size > bookmark.Offset || !bookmark.BeginsIn(_bytes))
            return false;

        SkipTo(Size);
        return true;
    }

    /// Nothing before this place is wanted.
    public void SkipTo(long size) => Bookmark = Bookmark.After(_bytes, size);

    /// Sees what was written since the last look.
    public void Look(long now)
    {
        lock (_looking)
            See(_bytes.Look(), now);
    }

    /// Looks at the size, and says whether there is something to send: bytes that are not held back, or were for long enough.
    public bool Poll(long now, TailTimeouts timeouts)
    {
        Look(now);
        return IsDue(now, timeouts);
    }

    /// The same, and tells what bears its name now. That is nearly always the file itself: then one look does for both.
    public bool Poll(long now, TailTimeouts timeouts, out FileStat? there)
    {
        lock (_looking)
        {
            there = IsStray ? null : FileStat.Of(Path);
            See(there is { } stat && stat.Identity == Identity ? stat : _bytes.Look(), now);
        }

        return IsDue(now, timeouts);
    }

    private bool IsDue(long now, TailTimeouts timeouts)
    {
        var size = Size;
        var offset = Bookmark.Offset;
        if (_isReplaced || size <= offset)
            return false;

        _lag.Saw(size, offset, now);

        return size != Volatile.Read(ref _heldSize) || QuietMs(now) >= timeouts.Of(_isHeldPartial);
    }

    /// How long ago the oldest byte was seen that is not acknowledged; 0 when there is none.
    public long AgeMs(long now) => Unread == 0 ? 0 : _lag.AgeMs(Bookmark.Offset, now);

    /// For how long the size has not changed.
    public long QuietMs(long now) => now - Volatile.Read(ref _grewAt);

    /// True once the file was seen to be shorter than what was read of it, or to hold something else.
    public bool IsReplaced => _isReplaced;

    /// Whether the file still holds what was read of it.
    public bool CheckReplaced()
    {
        lock (_looking)
        {
            if (_isReplaced || _bytes.IsFixed)
                return _isReplaced;

            var (size, modifiedMs) = (Size, ModifiedMs);
            if (_bookmark.WithHead(_seenHead).IsIn(_bytes))
            {
                _sureSize = size;
                Volatile.Write(ref _sureModifiedMs, modifiedMs);
            }
            else
            {
                Replaced(_sureSize);
                // That it is shorter now, if it is, would look like another truncation.
                _seen = _bytes.Look();
                Volatile.Write(ref _size, _seen.Size);
            }

            return _isReplaced;
        }
    }

    /// Starts again at the beginning of a replaced file; returns how many bytes at least were gone before they were read.
    public long Restart()
    {
        lock (_looking)
        {
            // What was under way when it was noticed is acknowledged by now.
            var gone = Math.Max(0, _goneSize - Bookmark.Offset) + _goneBetween;
            _goneBetween = 0;
            Generation++;
            Bookmark = Bookmark.Start;
            Clock = default;
            Place = null;
            _seenHead = Fingerprint.Empty;
            _emptyEnd = default;
            _sureSize = 0;
            Volatile.Write(ref _sureModifiedMs, ModifiedMs);
            Volatile.Write(ref _heldSize, -1);
            _isReplaced = false;
            SeeHead(_seen.Size);
            return gone;
        }
    }

    /// Whether another file holds all of this one and perhaps more: what a copy looks like while its original goes on.
    public bool IsBeginningOf(FileTail other) => other.HoldsAllOf(_bytes);

    /// The two ends are compared, not all of it.
    public bool HoldsAllOf(ITailBytes bytes)
    {
        const int Compared = 64 * 1024;
        var size = bytes.Look().Size;
        return _bytes.Look().Size >= size && SameAt(0) && SameAt(Math.Max(0, size - Compared));

        bool SameAt(long offset)
        {
            var theirs = new byte[Math.Min(Compared, size)];
            var ours = new byte[theirs.Length];
            var length = bytes.Read(theirs, offset);
            return Read(ours, offset) >= length && ours.AsSpan(0, length).SequenceEqual(theirs.AsSpan(0, length));
        }
    }

    public int Read(Span<byte> into, long offset) => _bytes.Read(into, offset);

    /// Where data begins again after a hole; null when nothing has followed it yet.
    public long? EndOfHole(long offset) => _bytes.EndOfHole(offset);

    /// Remembers that everything up to this size was looked at and the rest waits for more bytes, or for quiet.
    public void Hold(long size, bool isPartial)
    {
        _isHeldPartial = isPartial;
        Volatile.Write(ref _heldSize, size);
    }

    /// Remembers that from here on there are only NULs, which are nothing to read until the file has changed.
    public void HoldEmptyEnd(long from)
    {
        lock (_looking)
        {
            _emptyEnd = new EmptyEnd(from, _seen.Size, _seen.ModifiedMs);
            Volatile.Write(ref _size, from);
        }
    }

    public void Dispose() => _bytes.Dispose();

    private static ITailBytes? OpenBytes(string path, out string? reason)
    {
        if (GzipBytes.IsOne(path))
            return GzipBytes.Open(path, out reason);
        return PlainBytes.Open(path, out reason) is { } file ? new PlainBytes(file) : null;
    }

    private void See(FileStat stat, long now)
    {
        var before = _seen;
        _seen = stat;
        // Only truncation makes a log shorter. Whether what was read is still there does not matter: what follows it is new.
        if (stat.Size < before.Size || (stat.Size < Bookmark.Offset && !_isReplaced))
            Replaced(Size);
        if (stat.Size != before.Size || stat.ModifiedMs != before.ModifiedMs)
            SeeHead(stat.Size);

        var isEmptyEnd = _emptyEnd.From > 0 && _emptyEnd.Size == stat.Size && _emptyEnd.ModifiedMs == stat.ModifiedMs;
        var size = isEmptyEnd ? _emptyEnd.From : stat.Size;
        if (size == Size)
            return;

        Volatile.Write(ref _grewAt, now);
        Volatile.Write(ref _size, size);
    }

    private void SeeHead(long size)
    {
        if (_seenHead.Length == Bookmark.HeadBytes || size <= _seenHead.Length || _isReplaced)
            return;

        Span<byte> head = stackalloc byte[(int)Math.Min(Bookmark.HeadBytes, size)];
        head = head[.._bytes.Read(head, 0)];
        // Where there are only NULs something may still be written.
        head = head[..Hole.WithoutEnd(head)];
        if (head.Length < _seenHead.Length || Fingerprint.Of(head[.._seenHead.Length]) != _seenHead)
            Replaced(_sureSize);
        else
            _seenHead = Fingerprint.Of(head);
    }

    private void Replaced(long sizeBefore)
    {
        // Nothing was read of what came between two truncations.
        if (_isReplaced)
            _goneBetween += sizeBefore;
        else
            _goneSize = sizeBefore;
        _isReplaced = true;
    }

    private readonly record struct EmptyEnd(long From, long Size, long ModifiedMs);
}
