using System.Buffers;
using Sidecar.Logs.Events;
using Sidecar.Logs.Shaping;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// Packs what a stream's files hold into one batch, until a limit of the service is reached or the files end. Files are read
/// straight into the batch's buffer, and each message is a slice of it. Events stand in the order of the files. The service
/// wants them in the order of time, too: an event that is a little earlier than the one before it gets that one's time, and
/// where the time goes back further the batch ends. Not for use by two threads at a time.
internal sealed class BatchBuilder(TailTimeouts timeouts, IReadOnlyDictionary<string, ShapingOptions>? shaping = null)
{
    private const int ChunkBytes = 256 * 1024;
    private const int SmallestBuffer = 4 * 1024;
    private const int FewEvents = 128;

    // The most by which order moves an event.
    private const long LongestClampMs = 60 * 1000;

    // A file whose lines jump back all the time, as those of two programs with different zones do, must not become batches of one
    // line: on the average so many events pay for one batch that ends early, and a few may be owed.
    private const int EventsPerJump = 500;
    private const int MostOwed = 16 * EventsPerJump;

    private readonly Dictionary<string, EventShaper> _shapers = new(StringComparer.Ordinal);
    private readonly List<FileRange> _ranges = [];
    private readonly MessageRoom _room = new();
    private byte[] _buffer = [];
    private LogEvent[] _events = [];
    private int _used;
    private int _count;
    private int _maxEvents;
    private int _pieces;
    private int _bytes;
    private long _earliestMs;
    private long _latestMs;
    private LineClock _clock;
    private ShapingCounts _counts;
    private bool _isMetrics;
    private bool _isMixed;
    private bool _isFull;

    public TailTimeouts Timeouts => timeouts;

    /// Null when nothing is to be sent or acknowledged. A batch may have no events: then its ranges hold nothing but empty lines.
    public LogBatch? Build(LogStream stream, DateTimeOffset readTime, long now)
    {
        Begin(stream);
        try
        {
            var files = stream.Files;
            var first = stream.Next is { } next ? Math.Max(0, files.IndexOf(next)) : 0;
            stream.Next = null;
            for (var i = 0; i < files.Length && !_isFull; i++)
            {
                var file = files[(first + i) % files.Length];
                var countBefore = _count;
                Take(file, readTime.ToUnixTimeMilliseconds(), now);
                // Its time did not fit to that of the files before it. They may have more by the next time, so that it would never
                // get its turn.
                if (_isFull && _count == countBefore && i > 0)
                    stream.Next = file;
            }

            if (_ranges.Count == 0)
                return null;

            var batch = new LogBatch(stream.Target, _buffer, _room.Take(), _events, _count, [.. _ranges])
            {
                IsFull = _isFull,
                Pieces = _pieces,
                Shaped = _counts,
                IsMetrics = _count > 0 && _isMetrics && !_isMixed,
            };
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
        _maxEvents = stream.Portion.MaxEvents;
        _used = _count = _pieces = _bytes = 0;
        _isFull = false;
        _counts = default;
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
        _clock = file.Clock;
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
                file.Source.Lines,
                finality);
            place = Cut(ref cutter, place, file, from, readTimeMs, now);
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
        _ranges.Add(new FileRange(file.Identity, start, file.Bookmark.Advance(_buffer.AsSpan(first, taken)), _count - countBefore, Clock: _clock));
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
        _ranges.Add(new FileRange(file.Identity, bookmark.Offset, bookmark.AdvanceOverHole(end), Events: 0, IsHole: true, _clock));
        _isFull = true;
    }

    /// Adds events until the cutter has no more or the batch is full; returns the place up to which bytes are dealt with.
    private CutPlace Cut(ref EventCutter cutter, CutPlace place, FileTail file, int from, long readTimeMs, long now)
    {
        var shaper = ShaperOf(file);
        while (cutter.TryNext(out var cut))
        {
            if (cut.GoesOn && shaper.Redacts)
                cut = CutBesideSecrets(ref cutter, cut, from);
            var message = EventText.Of(
                ref cutter, ref cut, _buffer.AsMemory(from + cut.From, cut.Length), BatchLimits.MaxMessageBytes, _room);
            var clock = _clock;
            var counts = _counts;
            if (shaper.TryShape(ref message, readTimeMs, now, _room, ref clock, ref counts, out var shaped)
                && !TryAdd(
                    new LogEvent(message, shaped.TimestampMs, file.Identity, place.Offset, cutter.OffsetOf(cut.End)),
                    shaped.IsMetrics, ref clock, ref counts))
            {
                _isFull = true;
                return place;
            }

            _clock = clock;
            _counts = counts;
            place = place with { Offset = cutter.OffsetOf(cut.End), IsWithinLine = cut.GoesOn, Tally = cutter.Tally };
            if (cut.IsPiece)
                _pieces++;
        }

        return cutter.OffsetOf(cutter.Consumed) is var end && end > place.Offset ? place with { Offset = end, IsWithinLine = false } : place;
    }

    /// A secret that the cut of a long line would part is not seen in either piece.
    private CutEvent CutBesideSecrets(ref EventCutter cutter, CutEvent cut, int from)
    {
        var raw = _buffer.AsSpan(from + cut.From, cut.Length);
        return CodeUnits.SizeOf(cutter.Encoding) == 1 && Redactor.CutBefore(raw, raw.Length) is var length && length < raw.Length
            ? cutter.Shorten(cut, length)
            : cut;
    }

    private EventShaper ShaperOf(FileTail file)
    {
        var name = file.Source.Name;
        if (!_shapers.TryGetValue(name, out var shaper))
            _shapers[name] = shaper = new EventShaper(shaping?.GetValueOrDefault(name) ?? ShapingOptions.Default, BatchLimits.MaxMessageBytes);
        return shaper;
    }

    /// False when the batch has to end before this event.
    private bool TryAdd(LogEvent added, bool isMetrics, ref LineClock clock, ref ShapingCounts counts)
    {
        var bytes = _bytes + added.Message.Length + BatchLimits.EventOverheadBytes;
        if (_count == _maxEvents || bytes > BatchLimits.MaxBytes)
            return false;

        if (clock.Owed > 0)
            clock.Owed--;
        // Metrics go in batches of their own as long as that costs few batches more.
        if (_count > 0 && isMetrics != _isMetrics && !_isMixed && TryOwe())
            return false;
        if (_count == 0)
        {
            _earliestMs = _latestMs = added.TimestampMs;
        }
        else if (added.TimestampMs < _latestMs)
        {
            if (_latestMs - added.TimestampMs > LongestClampMs)
            {
                // Another file's times are its own.
                if (_events[_count - 1].File != added.File || TryOwe())
                    return false;

                // Counts as a line without a time.
                clock.TimestampMs = _latestMs;
                counts.Misplaced++;
            }
            else
            {
                counts.Clamped++;
            }

            added = added with { TimestampMs = _latestMs };
        }
        else if (added.TimestampMs - _earliestMs > BatchLimits.MaxSpanMs)
        {
            return false;
        }

        if (_count == _events.Length)
        {
            var larger = ArrayPool<LogEvent>.Shared.Rent(Math.Min(_count * 4, BatchLimits.MaxEvents));
            _events.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<LogEvent>.Shared.Return(_events);
            _events = larger;
        }

        _isMixed = _count > 0 && (_isMixed || isMetrics != _isMetrics);
        _isMetrics = isMetrics;
        _events[_count++] = added;
        _bytes = bytes;
        _latestMs = added.TimestampMs;
        return true;
    }

    private bool TryOwe()
    {
        if (_clock.Owed + EventsPerJump > MostOwed)
            return false;

        _clock.Owed += EventsPerJump;
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
}
