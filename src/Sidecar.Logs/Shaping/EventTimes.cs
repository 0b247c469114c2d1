using Sidecar.Logs.Events;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Shaping;

/// Gives each event of a source its time. One thread at a time.
internal sealed class EventTimes(ShapingOptions options)
{
    /// A time that is later than this after reading is not the event's.
    public const long LatestAheadMs = 2 * 60 * 1000;

    private const int LinesThatInheritTime = 1000;

    private readonly bool _readsLines = options.Timestamp.ReadsLines;
    private readonly TimePattern? _pattern = options.Timestamp.Pattern;
    private readonly WallClock _clock = new(options.Zone);

    /// Moves the file's clock on. IsAhead says that the line's own time was not believed.
    public long Of(ReadOnlySpan<byte> message, long readMs, ref LineClock clock, out bool isAhead)
    {
        isAhead = false;
        if (!_readsLines)
            return readMs;

        if (!TryFind(message, readMs, ref clock, out var time))
        {
            // A line without a time belongs to the one before it; but one banner with a time must not date all that ever follows.
            if (clock.TimestampMs == 0 || clock.LinesSince >= LinesThatInheritTime)
                return readMs;
            clock.LinesSince++;
            return clock.TimestampMs;
        }

        var timestampMs = _clock.ToUnixMs(time, readMs, clock.TimestampMs);
        if (timestampMs > readMs + LatestAheadMs)
        {
            isAhead = true;
            timestampMs = readMs;
        }

        clock.TimestampMs = timestampMs;
        clock.LinesSince = 0;
        return timestampMs;
    }

    /// Where in a message its time ends, or 0: for who wants to know what follows.
    public int EndIn(ReadOnlySpan<byte> message, long readMs)
    {
        var place = 0;
        return (_pattern is null ? LineTime.TryFind(message, readMs, out _, out var end) : _pattern.TryFind(message, ref place, out _, out end)) ? end : 0;
    }

    private bool TryFind(ReadOnlySpan<byte> message, long readMs, ref LineClock clock, out StatedTime time)
    {
        if (_pattern is null)
            return LineTime.TryFind(message, readMs, out time, out _);

        var place = clock.Place;
        var isFound = _pattern.TryFind(message, ref place, out time, out _);
        clock.Place = place;
        return isFound;
    }
}
