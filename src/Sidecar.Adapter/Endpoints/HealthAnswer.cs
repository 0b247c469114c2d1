using System.Collections.Immutable;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Endpoints;

/// What is said to one question about the app: whether it is up, with the probes that count.
internal sealed record HealthAnswer(string Name, bool IsUp, bool IsDegraded, DateTimeOffset Since, ImmutableArray<ProbeState> Probes)
{
    /// Every group, in the answer to the question about all.
    public ImmutableArray<GroupState> Groups { get; init; } = [];

    /// Since when somebody works on the app; null when nobody does.
    public DateTimeOffset? MaintainedSince { get; init; }

    public GroupLevel Level => !IsUp ? GroupLevel.Down : IsDegraded ? GroupLevel.Degraded : GroupLevel.Up;

    /// Exactly 200 or 503: load balancers take 204 and redirects for ills. A degraded app is up, unless the user says otherwise.
    public int Status(int degradedStatus) => !IsUp ? 503 : IsDegraded ? degradedStatus : 200;

    /// Ready decides for the whole app: it is what a load balancer that asks only one thing wants to know.
    public static HealthAnswer OfAll(Verdict verdict)
    {
        var ready = verdict.Group(GroupPlans.Ready)!;
        return new HealthAnswer("health", ready.IsUp, ready.IsDegraded, ready.Since, verdict.Probes)
        {
            Groups = verdict.Groups,
            MaintainedSince = verdict.MaintainedSince,
        };
    }

    /// Null when neither a group nor a probe has the name.
    public static HealthAnswer? Of(Verdict verdict, string name)
    {
        if (verdict.Group(name) is { } group)
            return new HealthAnswer(group.Name, group.IsUp, group.IsDegraded, group.Since, group.Probes) { MaintainedSince = verdict.MaintainedSince };

        return verdict.Probe(name) is { } probe
            ? new HealthAnswer(probe.Name, probe.Level >= GroupLevel.Degraded, probe.Level == GroupLevel.Degraded, probe.Since, [probe])
            : null;
    }
}
