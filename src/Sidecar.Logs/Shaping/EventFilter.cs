using System.Text.RegularExpressions;

namespace Sidecar.Logs.Shaping;

/// Says which events are sent. Whoever writes a pattern that runs out of time gets events too many rather than too few. One thread at a
/// time.
internal sealed class EventFilter(UserPattern? keep, UserPattern? drop, Lazy<CharText> text)
{
    private readonly PatternRest _rest = new();

    /// Now is the agent's clock, in milliseconds.
    public bool Keeps(ReadOnlySpan<byte> message, long now, ref ShapingCounts counts)
    {
        if (_rest.IsResting(now))
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
            _rest.Begin(now);
            counts.Unfiltered++;
            return true;
        }

        counts.Dropped++;
        return false;
    }
}
