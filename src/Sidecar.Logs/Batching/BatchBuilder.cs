using System.Buffers;
using System.Collections.Immutable;
using Sidecar.Logs.Discovery;
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
    private const int FewEvents = 128;

    // The most by which order moves an event.
    private const long LongestClampMs = 60 * 1000;

    // A file whose lines jump back all the time, as those of two programs with different zones do, must not become batches of one
    // line: on the average so many events pay for one batch that ends early, and a few may be owed.
    private const int EventsPerJump = 500;
    private const int MostOwed = 16 * EventsPerJump;

    private readonly Dictionary<string, EventShaper> _shapers = new(StringComparer.Ordinal);
    private readonly List<FileRange> _ranges = [];
    private readonly List<FileTail> _isDoneWith = [];
    private readonly List<FileTail> _holding = [];
    private readonly MessageRoom _room = new();
    private readonly ReadBuffer _buffer = new();
    private LogEvent[] _events = [];
    private int _used;
    private int _count;
    private int _maxEvents;
    private int _pieces;
    private int _bytes;
    private long _earliestMs;
    private long _latestMs;
    private LineClock _clock;
    private EventShaper _shaper = new(ShapingOptions.Default, BatchLimits.MaxMessageBytes);
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
            var files = stream.Ready;
            var first = stream.Next is { } next && !Succession.Waits(files, next, timeouts, now) ? Math.Max(0, files.IndexOf(next)) : 0;
            stream.Next = null;
            for (var i = 0; i < files.Length && !_isFull; i++)
            {
                var file = files[(first + i) % files.Length];
                var countBefore = _count;
                Take(files, new FilePart(file, LookBack.PlaceOf(file), _used, _count), readTime.ToUnixTimeMilliseconds(), now);
                // Its time did not fit to that of the files before it. They may have more by the next time, so that it would never
                // get its turn.
                if (_isFull && _count == countBefore && i > 0)
                    stream.Next = file;
            }

            if (_ranges.Count == 0)
                return null;

            var batch = new LogBatch(stream.Target, _buffer.Take(), _room.Take(), _events, _count, [.. _ranges])
            {
                IsFull = _isFull,
                Pieces = _pieces,
                Shaped = _counts,
                IsMetrics = _count > 0 && _isMetrics && !_isMixed,
            };
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
        _buffer.Rent(unread);
        _events = ArrayPool<LogEvent>.Shared.Rent(FewEvents);
        _ranges.Clear();
        _isDoneWith.Clear();
        _holding.Clear();
        _maxEvents = stream.Portion.MaxEvents;
        _used = _count = _pieces = _bytes = 0;
        _isFull = false;
        _counts = default;
    }

    private void GiveBack()
    {
        _buffer.GiveBack();
        if (_events.Length > 0)
            ArrayPool<LogEvent>.Shared.Return(_events);
        foreach (var text in _room.Take())
            ArrayPool<byte>.Shared.Return(text);
        _events = [];
    }

    private void Take(ImmutableArray<FileTail> files, FilePart part, long readTimeMs, long now)
    {
        var file = part.File;
        if (_isDoneWith.Contains(file) || Succession.IsBehindAny(_holding, file, timeouts, now))
            return;

        _clock = file.Clock;
        _shaper = ShaperOf(file);
        while (!_isFull)
        {
            if (part.End == _buffer.Length && !TryGrow(part.Place.Encoding))
            {
                _isFull = true;
                break;
            }

            var isAtEnd = _buffer.Read(ref part);
            var isBeforeHole = part.IsBeforeHole(Untaken(part), isAtEnd, out var length);
            if (isBeforeHole && length == 0 && part.Taken == 0)
            {
                TakeHole(file, part.Place);
                return;
            }

            part.Filled = part.Taken + length;
            var next = isAtEnd && !isBeforeHole && part.EndsLine(Untaken(part)) ? Succession.Of(files, file) : null;
            var finality = isBeforeHole ? Finality.Line : isAtEnd && next is null ? part.FinalityAtEnd(timeouts, now) : Finality.None;
            var isWithinLine = Cut(ref part, finality, readTimeMs, now);
            if (!isAtEnd && !isBeforeHole)
                continue;
            if (!_isFull && part.Filled > part.Taken)
            {
                if (next is not null && TryTakeAcross(files, part, next, readTimeMs, now))
                    return;
                if (next is not null)
                    _ = Cut(ref part, Finality.Group, readTimeMs, now);
                else
                    Hold(part, isWithinLine);
            }

            _isFull |= isBeforeHole;
            break;
        }

        Finish(part);
    }

    /// Takes the event that one file ends with and those that got its name after it carry on. True also when that can't be told yet:
    /// then all of them wait.
    private bool TryTakeAcross(ImmutableArray<FileTail> files, FilePart part, FileTail next, long readTimeMs, long now)
    {
        var chain = new FileChain(files, part, next);
        var ownBytes = part.Filled - part.Taken;
        var cutter = chain.Cut(_buffer, mayGrow: _count == 0, timeouts, now, out var cut);
        if (chain.IsUndecided)
        {
            // Where there is no more room, the next batch has all the buffer for this event.
            _isFull |= chain.IsOutOfRoom;
            Hold(part, isPartial: false);
            Finish(part);
            foreach (var waiting in chain.Parts)
            {
                waiting.File.Hold(waiting.Filled, cutter.IsWithinLine);
                _isDoneWith.Add(waiting.File);
            }

            return true;
        }

        if (cut.End <= ownBytes)
            return false;

        var raw = _buffer.Memory(part.First + part.Taken + cut.From, cut.Length);
        var message = EventText.Of(ref cutter, ref cut, raw, BatchLimits.MaxMessageBytes, _room);
        if (cut.End <= ownBytes)
            return false;

        if (TryAdd(message, part.Place.Offset, part.EndOffset, part.File, readTimeMs, now))
        {
            part.MoveTo(part.Place with { Offset = part.EndOffset });
            Finish(part);
            TakeChain(files, chain, cut.End - ownBytes, readTimeMs, now);
            return true;
        }

        _isFull = true;
        Finish(part);
        return true;
    }

    /// Takes of each file what belongs to the event across them, and in the last of them what follows it.
    private void TakeChain(ImmutableArray<FileTail> files, FileChain chain, int bytes, long readTimeMs, long now)
    {
        foreach (var one in chain.Parts)
        {
            var after = one;
            after.CountBefore = _count;
            after.MoveTo(after.Place with { Offset = Math.Min(bytes, after.Filled) });
            bytes -= after.Taken;
            if (bytes == 0)
            {
                Take(files, after, readTimeMs, now);
                _isDoneWith.Add(one.File);
                return;
            }

            Finish(after);
            _isDoneWith.Add(one.File);
        }
    }

    private void Hold(FilePart part, bool isPartial)
    {
        part.File.Hold(part.EndOffset, isPartial);
        _holding.Add(part.File);
    }

    private Span<byte> Untaken(FilePart part) => _buffer.Span(part.First + part.Taken, part.Filled - part.Taken);

    private void Finish(FilePart part)
    {
        if (part.Taken == 0)
            return;

        var file = part.File;
        _used = part.First + part.Taken;
        file.Place = part.Place;
        var end = file.Bookmark.Advance(_buffer.Span(part.First, part.Taken));
        _ranges.Add(new FileRange(file.Identity, file.Bookmark.Offset, end, _count - part.CountBefore, Clock: _clock, Generation: file.Generation));
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
        _ranges.Add(new FileRange(file.Identity, bookmark.Offset, bookmark.AdvanceOverHole(end), Events: 0, IsHole: true, _clock, file.Generation));
        _isFull = true;
    }

    /// Adds events until the bytes hold no more or the batch is full; returns whether they end within a line.
    private bool Cut(ref FilePart part, Finality finality, long readTimeMs, long now)
    {
        var from = part.First + part.Taken;
        var cutter = new EventCutter(Untaken(part), part.Place, BatchLimits.MaxMessageBytes, part.File.Source.Lines, finality);
        var place = part.Place;
        while (cutter.TryNext(out var cut))
        {
            if (cut.GoesOn && _shaper.Redacts)
                cut = CutBesideSecrets(ref cutter, cut, from);
            var message = EventText.Of(
                ref cutter, ref cut, _buffer.Memory(from + cut.From, cut.Length), BatchLimits.MaxMessageBytes, _room);
            var end = cutter.OffsetOf(cut.End);
            if (!TryAdd(message, place.Offset, end, part.File, readTimeMs, now))
            {
                _isFull = true;
                part.MoveTo(place);
                return false;
            }

            place = place with { Offset = end, IsWithinLine = cut.GoesOn, Tally = cutter.Tally };
            if (cut.IsPiece)
                _pieces++;
        }

        if (cutter.OffsetOf(cutter.Consumed) is var consumed && consumed > place.Offset)
            place = place with { Offset = consumed, IsWithinLine = false };
        part.MoveTo(place);
        return cutter.IsWithinLine;
    }

    /// False when the batch has to end before this event.
    private bool TryAdd(ReadOnlyMemory<byte> message, long start, long end, FileTail file, long readTimeMs, long now)
    {
        var clock = _clock;
        var counts = _counts;
        if (_shaper.TryShape(ref message, readTimeMs, now, _room, ref clock, ref counts, out var shaped)
            && !TryAdd(new LogEvent(message, shaped.TimestampMs, file.Identity, start, end), shaped.IsMetrics, ref clock, ref counts))
        {
            return false;
        }

        _clock = clock;
        _counts = counts;
        return true;
    }

    /// A secret that the cut of a long line would part is not seen in either piece.
    private CutEvent CutBesideSecrets(ref EventCutter cutter, CutEvent cut, int from)
    {
        var raw = _buffer.Span(from + cut.From, cut.Length);
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
    private bool TryGrow(TextEncoding encoding) => _count == 0 && _buffer.TryGrow(BatchLimits.MaxBytes * CodeUnits.SizeOf(encoding));
}
