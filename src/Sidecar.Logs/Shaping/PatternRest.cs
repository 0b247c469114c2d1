namespace Sidecar.Logs.Shaping;

/// The pause of a pattern that ran out of time: each event that it gets nowhere with costs its whole limit, so that without a pause
/// it would hold the file up.
internal sealed class PatternRest
{
    // Of each second at most a hundredth goes to patterns that get nowhere.
    private const int RestShare = 100;

    private long _until = long.MinValue;

    /// Now is the agent's clock, in milliseconds.
    public bool IsResting(long now) => now < _until;

    public void Begin(long now) => _until = now + (RestShare * (long)UserPattern.Limit.TotalMilliseconds);
}
