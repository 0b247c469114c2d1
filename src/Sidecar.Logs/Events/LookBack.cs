using System.Buffers;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Events;

/// Finds out from a file's own bytes how to go on cutting at a place, so that a restart changes nothing in the events.
internal static class LookBack
{
    /// Less than the smallest piece of a line that was cut, and more than a writer leaves of a line that it is about to finish.
    private const int WithinLineBytes = 300 * 1024;

    /// What is known of the bookmark's place, looked up only where the last cut did not end there.
    public static CutPlace PlaceOf(FileTail file)
    {
        var offset = file.Bookmark.Offset;
        if (offset == 0)
            return new CutPlace(0, CodeUnits.OrderOf(file), IsWithinLine: false);
        if (file.Place is { } known && known.Offset == offset)
            return known;

        var encoding = CodeUnits.OrderOf(file);
        var tally = file.Source.Lines.Learns ? TallyOf(file, offset, encoding) : default;
        return new CutPlace(offset, encoding, IsWithinLine(file, offset, encoding), tally);
    }

    /// Counts the lines again that were counted when they were cut.
    private static LineTally TallyOf(FileTail file, long offset, TextEncoding encoding)
    {
        var from = Math.Max(0, ((offset / LineTally.BlockBytes) - 1) * LineTally.BlockBytes);
        // The line that goes on into the block before belongs to one that is forgotten.
        var start = Math.Max(0, from - CodeUnits.SizeOf(encoding));
        var before = ArrayPool<byte>.Shared.Rent((int)(offset - start));
        try
        {
            var bytes = before.AsSpan(0, file.Read(before.AsSpan(0, (int)(offset - start)), start));
            var first = start == 0 ? 0 : CodeUnits.IndexOfNewline(bytes, encoding);
            if (first < 0)
                return default;

            if (start > 0)
                first += CodeUnits.SizeOf(encoding);
            var place = new CutPlace(start + first, encoding, IsWithinLine: false);
            var cutter = new EventCutter(bytes[first..], place, int.MaxValue / 4, file.Source.Lines, Finality.Line);
            while (cutter.TryNext(out _))
            {
            }

            return cutter.Tally;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(before);
        }
    }

    private static bool IsWithinLine(FileTail file, long offset, TextEncoding encoding)
    {
        var unit = CodeUnits.SizeOf(encoding);
        if (offset < WithinLineBytes)
            return false;

        Span<byte> last = stackalloc byte[unit];
        // A hole parts lines, too.
        if (file.Read(last, offset - unit) == unit && (CodeUnits.IndexOfNewline(last, encoding) == 0 || !last.ContainsAnyExcept((byte)0)))
            return false;

        var before = ArrayPool<byte>.Shared.Rent(WithinLineBytes);
        try
        {
            var read = file.Read(before.AsSpan(0, WithinLineBytes), offset - WithinLineBytes);
            return read == WithinLineBytes && CodeUnits.IndexOfNewline(before.AsSpan(0, read), encoding) < 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(before);
        }
    }
}
