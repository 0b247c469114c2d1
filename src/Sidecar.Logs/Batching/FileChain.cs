using System.Collections.Immutable;
using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// The files that got a file's name after it, as far as they may carry on the event that it ends with: their bytes stand behind its
/// own in the buffer, so that all of it is cut as one text.
internal sealed class FileChain(ImmutableArray<FileTail> files, FilePart start, FileTail next)
{
    private readonly List<FilePart> _parts = [new FilePart(next, LookBack.PlaceOf(next), start.End, countBefore: 0)];

    public IReadOnlyList<FilePart> Parts => _parts;

    /// Whether more has to come before the end of the event is known.
    public bool IsUndecided { get; private set; }

    /// Whether that is because the buffer could not take what is there.
    public bool IsOutOfRoom { get; private set; }

    /// Cuts the first event of what is left of the file, and reads as much of the others as that takes.
    public EventCutter Cut(ReadBuffer buffer, bool mayGrow, TailTimeouts timeouts, long now, out CutEvent cut)
    {
        var from = start.First + start.Taken;
        while (true)
        {
            var last = _parts[^1];
            var hasRoom = last.End < buffer.Length || (mayGrow && buffer.TryGrow(BatchLimits.MaxBytes * CodeUnits.SizeOf(start.Place.Encoding)));
            var isAtEnd = hasRoom && buffer.Read(ref last);
            var bytes = buffer.Span(last.First, last.Filled);
            var isOther = last.Place.Encoding != start.Place.Encoding
                || CodeUnits.ByteOrderMark(bytes, last.Place.Encoding) > 0
                || last.IsBeforeHole(bytes, isAtEnd, out last.Filled);
            _parts[^1] = last;

            var another = isAtEnd && last.EndsLine(bytes[..last.Filled]) ? Succession.Of(files, last.File) : null;
            var finality = isOther ? Finality.Group : isAtEnd && another is null ? FinalityAtEnd(timeouts, now) : Finality.None;
            var cutter = new EventCutter(
                buffer.Span(from, (isOther ? last.First : last.End) - from),
                start.Place,
                BatchLimits.MaxMessageBytes,
                start.File.Source.Lines,
                finality,
                nextFile: start.End - from);
            if (cutter.TryNext(out cut))
                return cutter;

            IsOutOfRoom = !hasRoom;
            IsUndecided = IsOutOfRoom || (isAtEnd && another is null);
            if (IsUndecided)
                return cutter;
            if (another is not null)
                _parts.Add(new FilePart(another, LookBack.PlaceOf(another), last.End, countBefore: 0));
        }
    }

    /// Of the last file that has bytes: an empty one says nothing.
    private Finality FinalityAtEnd(TailTimeouts timeouts, long now)
    {
        var last = _parts.FindLastIndex(one => one.Filled > 0);
        return (last < 0 ? start : _parts[last]).FinalityAtEnd(timeouts, now);
    }
}
