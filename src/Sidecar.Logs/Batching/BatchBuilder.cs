using System.Buffers;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// Packs what a stream's files hold into one batch, until a limit of the service is reached or the files end. Files are read
/// straight into the batch's buffer, and each message is a slice of it. Not for use by two threads at a time.
internal sealed class BatchBuilder(TailTimeouts timeouts)
{
    private const int ChunkBytes = 256 * 1024;
    private const int SmallestBuffer = 4 * 1024;
    private const int FewEvents = 128;
    private const int LinesThatInheritTime = 1000;

    private readonly List<FileRange> _ranges = [];
    private readonly MessageRoom _room = new();
    private byte[] _buffer = [];
    private LogEvent[] _events = [];
    private int _used;
    private int _count;
    private int _pieces;
    private int _bytes;
    private long _earliestMs;
    private long _latestMs;
    private bool _isOutOfOrder;
    private bool _isFull;

    public TailTimeouts Timeouts => timeouts;

    /// Null when nothing is to be sent or acknowledged. A batch may have no events: then its ranges hold nothing but empty lines.
    public LogBatch? Build(LogStream stream, DateTimeOffset readTime, long now)
    {
        Begin(stream);
        try
        {
            foreach (var file in stream.Files)
            {
                Take(file, readTime.ToUnixTimeMilliseconds(), now);
                if (_isFull)
                    break;
            }

            if (_ranges.Count == 0)
                return null;

            if (_isOutOfOrder)
                SortByTime();
            var batch = new LogBatch(stream.Target, _buffer, _room.Take(), _events, _count, [.. _ranges]) { IsFull = _isFull, Pieces = _pieces };
            _buffer = [];
            _events = [];
            return batch;
        }
        finally
        {
            GiveBack();
        }
    }

    private void Begin(LogStream stream)
    {
        long unread = 0;
        foreach (var file in stream.Files)
            unread += file.Unread;
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(unread, SmallestBuffer, BatchLimits.MaxBytes));
        _events = ArrayPool<LogEvent>.Shared.Rent(FewEvents);
        _ranges.Clear();
        _used = _count = _pieces = _bytes = 0;
        _earliestMs = long.MaxValue;
        _latestMs = long.MinValue;
        _isOutOfOrder = _isFull = false;
    }

    private void GiveBack()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        if (_events.Length > 0)
            ArrayPool<LogEvent>.Shared.Return(_events);
        foreach (var text in _room.Take())
            ArrayPool<byte>.Shared.Return(text);
        _buffer = [];
        _events = [];
    }

    private void Take(FileTail file, long readTimeMs, long now)
    {
        var start = file.Bookmark.Offset;
        var place = LookBack.PlaceOf(file);
        var largestBuffer = BatchLimits.MaxBytes * CodeUnits.SizeOf(place.Encoding);
        var first = _used;
        var taken = 0;
        var filled = 0;
        var countBefore = _count;
        while (!_isFull)
        {
            if (first + filled == _buffer.Length && !TryGrow(largestBuffer))
            {
                _isFull = true;
                break;
            }

            var chunk = _buffer.AsSpan(first + filled);
            chunk = chunk[..Math.Min(chunk.Length, ChunkBytes)];
            var read = file.Read(chunk, start + filled);
            filled += read;
            var isAtEnd = read < chunk.Length;
            var isBeforeHole = IsBeforeHole(file, start + taken, _buffer.AsSpan(first + taken, filled - taken), isAtEnd, out var length);
            if (isBeforeHole && length == 0 && taken == 0)
            {
                TakeHole(file, place);
                return;
            }

            filled = taken + length;
            var finality = isBeforeHole ? Finality.Line : isAtEnd ? FinalityOf(file, start + filled, now) : Finality.None;

            var from = first + taken;
            var cutter = new EventCutter(
                _buffer.AsSpan(from, filled - taken),
                place,
                BatchLimits.MaxMessageBytes,
                file.Source.GroupsLines,
                finality);
            place = Cut(ref cutter, place, file, from, readTimeMs);
            taken = (int)(place.Offset - start);
            if (!isAtEnd && !isBeforeHole)
                continue;
            if (!_isFull && filled > taken)
                file.Hold(start + filled, cutter.IsWithinLine);
            _isFull |= isBeforeHole;
            break;
        }

        if (taken == 0)
            return;

        _used = first + taken;
        file.Place = place;
        _ranges.Add(new FileRange(file.Identity, start, file.Bookmark.Advance(_buffer.AsSpan(first, taken)), _count - countBefore));
    }

    /// Whether a hole ends the bytes, and how many of them lie before it, or before the NULs that nothing follows yet.
    private static bool IsBeforeHole(FileTail file, long offset, ReadOnlySpan<byte> bytes, bool isAtEnd, out int length)
    {
        length = isAtEnd ? Hole.WithoutEnd(bytes) : bytes.Length;
        if (length < bytes.Length)
            file.HoldEmptyEnd(offset + length);
        var hole = Hole.IndexIn(bytes[..length], isStartOfFile: offset == 0);
        if (hole >= 0)
            length = hole;
        return hole >= 0;
    }

    /// A hole stands alone in the batch that it ends; the next one begins after it.
    private void TakeHole(FileTail file, CutPlace place)
    {
        var bookmark = file.Bookmark;
        if (file.EndOfHole(bookmark.Offset) is not { } end)
        {
            file.HoldEmptyEnd(bookmark.Offset);
            return;
        }

        file.Place = place with { Offset = end, IsWithinLine = false };
        _ranges.Add(new FileRange(file.Identity, bookmark.Offset, bookmark.AdvanceOverHole(end), Events: 0, IsHole: true));
        _isFull = true;
    }

    /// Adds events until the cutter has no more or the batch is full; returns the place up to which bytes are dealt with.
    private CutPlace Cut(ref EventCutter cutter, CutPlace place, FileTail file, int from, long readTimeMs)
    {
        while (cutter.TryNext(out var cut))
        {
            var message = EventText.Of(
                ref cutter, ref cut, _buffer.AsMemory(from + cut.From, cut.Length), BatchLimits.MaxMessageBytes, _room);
            var (dated, timestampMs) = TimeOf(file, message.Span, readTimeMs);
            if (!TryAdd(new LogEvent(message, timestampMs, file.Identity, place.Offset, cutter.OffsetOf(cut.End))))
            {
                _isFull = true;
                return place;
            }

            file.LastDated = dated;
            place = place with { Offset = cutter.OffsetOf(cut.End), IsWithinLine = cut.GoesOn };
            if (cut.IsPiece)
                _pieces++;
        }

        return cutter.OffsetOf(cutter.Consumed) is var end && end > place.Offset ? place with { Offset = end, IsWithinLine = false } : place;
    }

    private static (DatedLine Dated, long TimestampMs) TimeOf(FileTail file, ReadOnlySpan<byte> message, long readTimeMs)
    {
        var last = file.LastDated;
        if (!file.Source.ReadsTimes)
            return (last, readTimeMs);
        if (LeadingTime.TryRead(message, file.Source.Zone, out var timestampMs))
            return (new DatedLine(timestampMs, 0), timestampMs);

        // A line without a time belongs to the one before it, or sorting would tear them apart; but one banner with a time must
        // not date all that ever follows.
        return last.TimestampMs == 0 || last.LinesSince >= LinesThatInheritTime
            ? (default, readTimeMs)
            : (last with { LinesSince = last.LinesSince + 1 }, last.TimestampMs);
    }

    private bool TryAdd(in LogEvent added)
    {
        var bytes = _bytes + added.Message.Length + BatchLimits.EventOverheadBytes;
        var earliest = Math.Min(_earliestMs, added.TimestampMs);
        var latest = Math.Max(_latestMs, added.TimestampMs);
        if (_count == BatchLimits.MaxEvents || bytes > BatchLimits.MaxBytes || latest - earliest > BatchLimits.MaxSpanMs)
            return false;

        if (_count == _events.Length)
        {
            var larger = ArrayPool<LogEvent>.Shared.Rent(Math.Min(_count * 4, BatchLimits.MaxEvents));
            _events.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<LogEvent>.Shared.Return(_events);
            _events = larger;
        }

        _isOutOfOrder |= added.TimestampMs < _latestMs;
        _events[_count++] = added;
        _bytes = bytes;
        _earliestMs = earliest;
        _latestMs = latest;
        return true;
    }

    /// A line longer than the buffer needs a larger one, as long as no event lies in this one.
    private bool TryGrow(int largest)
    {
        if (_count > 0 || _buffer.Length >= largest)
            return false;

        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_buffer.Length * 4, largest));
        _buffer.CopyTo(larger.AsSpan());
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }

    private Finality FinalityOf(FileTail file, long end, long now)
    {
        // Bytes that came after the last look are not quiet, however long the file was before them.
        if (end != file.Size)
            return Finality.None;

        var quietMs = file.QuietMs(now);
        if (quietMs >= timeouts.PartialMs)
            return Finality.Line;
        return quietMs >= timeouts.GroupMs ? Finality.Group : Finality.None;
    }

    private void SortByTime()
    {
        var keys = ArrayPool<(long TimestampMs, int Place)>.Shared.Rent(_count);
        for (var i = 0; i < _count; i++)
            keys[i] = (_events[i].TimestampMs, i);
        keys.AsSpan(0, _count).Sort(_events.AsSpan(0, _count));
        ArrayPool<(long TimestampMs, int Place)>.Shared.Return(keys);
    }
}
