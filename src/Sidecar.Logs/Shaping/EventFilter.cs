using System.Text.RegularExpressions;

namespace Sidecar.Logs.Shaping;

/// Says which events are sent. Whoever writes a pattern that runs out of time gets events too many rather than too few; and since
/// each such event costs its whole limit, the pattern then rests. One thread at a time.
internal sealed class EventFilter(UserPattern? keep, UserPattern? drop, Lazy<CharText> text)
{
    // Of each second at most a hundredth goes to patterns that get nowhere.
    private const int RestShare = 100;

    private static readonly long RestMs = RestShare * (long)UserPattern.Limit.TotalMilliseconds;

    private long _restsUntil = long.MinValue;

    /// Now is the agent's clock, in milliseconds.
    public bool Keeps(ReadOnlySpan<byte> message, long now, ref ShapingCounts counts)
    {
        if (now < _restsUntil)
        {
            counts.Unfiltered++;
            return true;
        }

        try
        {
            var chars = text.Value.Of(message);
            if ((keep is null || keep.Regex.IsMatch(chars)) && !(drop is not null && drop.Regex.IsMatch(chars)))
                return true;
        }
        catch (RegexMatchTimeoutException)
        {
            _restsUntil = now + RestMs;
            counts.Unfiltered++;
            return true;
        }

        counts.Dropped++;
        return false;
    }
}
