using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// Bytes of one file in the batch's buffer, from its bookmark on: where they begin, how many there are, and up to where they are dealt
/// with, which is the place.
internal struct FilePart(FileTail file, CutPlace place, int first, int countBefore)
{
    public int Filled;
    public int Taken;

    public readonly FileTail File => file;

    public CutPlace Place { get; set; } = place;

    public readonly int First => first;

    public readonly int End => first + Filled;

    public readonly long EndOffset => Place.Offset + Filled - Taken;

    /// How many events the batch had before those of this file.
    public int CountBefore { get; set; } = countBefore;

    public void MoveTo(CutPlace place)
    {
        Taken += (int)(place.Offset - Place.Offset);
        Place = place;
    }

    /// Whether there are bytes that are not dealt with, and they end with a whole line.
    public readonly bool EndsLine(ReadOnlySpan<byte> untaken)
    {
        var unit = CodeUnits.SizeOf(Place.Encoding);
        return untaken.Length >= unit && CodeUnits.IndexOfNewline(untaken[^unit..], Place.Encoding) == 0;
    }

    /// Whether a hole ends the bytes, and how many of them lie before it, or before the NULs that nothing follows yet.
    public readonly bool IsBeforeHole(ReadOnlySpan<byte> untaken, bool isAtEnd, out int length)
    {
        length = isAtEnd ? Hole.WithoutEnd(untaken) : untaken.Length;
        if (length < untaken.Length)
            file.HoldEmptyEnd(Place.Offset + length);
        var hole = Hole.IndexIn(untaken[..length], isStartOfFile: Place.Offset == 0);
        if (hole >= 0)
            length = hole;
        return hole >= 0;
    }

    /// How much of the end is taken as it is because the file was quiet for long enough.
    public readonly Finality FinalityAtEnd(TailTimeouts timeouts, long now)
    {
        // Bytes that came after the last look are not quiet, however long the file was before them.
        if (EndOffset != file.Size)
            return Finality.None;

        var quietMs = file.QuietMs(now);
        if (quietMs >= timeouts.PartialMs)
            return Finality.Line;
        return quietMs >= timeouts.GroupMs ? Finality.Group : Finality.None;
    }
}
