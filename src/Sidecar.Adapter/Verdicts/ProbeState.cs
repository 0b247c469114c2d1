using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Verdicts;

/// A probe at one moment: what is believed and since when, and the last answer behind it.
internal sealed record ProbeState(string Name, Belief Belief, DateTimeOffset Since)
{
    /// Null until the first answer.
    public ProbeResult? Last { get; init; }

    public DateTimeOffset? AskedAt { get; init; }

    public int Passes { get; init; }

    public int Misses { get; init; }

    public string BeliefWord => Belief switch
    {
        Belief.Up => "up",
        Belief.Down => "down",
        _ => "unknown",
    };

    public string Reason => Last?.Reason ?? "not asked yet";
}
