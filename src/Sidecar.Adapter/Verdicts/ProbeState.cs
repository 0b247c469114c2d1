using System.Collections.Immutable;
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

    /// It passes, and is not believed because it went down so soon before.
    public bool IsHeldDown { get; init; }

    /// The last answers, the newest last: . pass, w warning, x miss, t time-out, ? unknown.
    public string Strip { get; init; } = "";

    /// The last changes, the newest last.
    public ImmutableArray<ProbeTurn> Turns { get; init; } = [];

    public GroupLevel Level => Belief switch
    {
        Belief.Down => GroupLevel.Down,
        Belief.Unknown => GroupLevel.Unknown,
        _ => Last is { Answer: Answer.Warn } ? GroupLevel.Degraded : GroupLevel.Up,
    };

    public string BeliefWord => Level switch
    {
        GroupLevel.Up => "up",
        GroupLevel.Degraded => "degraded",
        GroupLevel.Down => "down",
        _ => "unknown",
    };

    /// Of the last question, when its answer was no pass.
    public string? TraceId => Last is { HasPassed: false } ? Last.TraceId : null;

    /// The reason, and by which trace the app's own words of it are found.
    public string Said => TraceId is { } trace ? $"{Reason}, trace_id={trace}" : Reason;

    public string Reason => Last is null ? "not asked yet" : IsHeldDown ? $"{Last.Reason}, but it flaps and has to pass for longer" : Last.Reason;
}
