using System.Collections.Immutable;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Endpoints;

/// What is said to one question about the app: exactly 200 or 503, with the probes that count.
internal sealed record HealthAnswer(string Name, bool IsUp, DateTimeOffset Since, ImmutableArray<ProbeState> Probes)
{
    /// Every group, in the answer to the question about all.
    public ImmutableArray<GroupState> Groups { get; init; } = [];

    public int Status => IsUp ? 200 : 503;

    /// Ready decides for the whole app: it is what a load balancer that asks only one thing wants to know.
    public static HealthAnswer OfAll(Verdict verdict)
    {
        var ready = verdict.Group(GroupPlans.Ready)!;
        return new HealthAnswer("health", ready.IsUp, ready.Since, verdict.Probes) { Groups = verdict.Groups };
    }

    /// Null when neither a group nor a probe has the name.
    public static HealthAnswer? Of(Verdict verdict, string name)
    {
        if (verdict.Group(name) is { } group)
            return new HealthAnswer(group.Name, group.IsUp, group.Since, group.Probes);

        return verdict.Probe(name) is { } probe
            ? new HealthAnswer(probe.Name, probe.Belief == Belief.Up, probe.Since, [probe])
            : null;
    }
}
