using System.Collections.Immutable;

namespace Sidecar.Adapter.Verdicts;

/// The one state that orchestrators see, with every reason. Immutable: a new answer makes a new verdict.
internal sealed record Verdict(ImmutableArray<ProbeState> Probes, ImmutableArray<GroupState> Groups)
{
    /// Since when the app is being maintained; null when it is not.
    public DateTimeOffset? MaintainedSince { get; init; }

    public GroupState? Group(string name) =>
        Groups.FirstOrDefault(group => group.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public ProbeState? Probe(string name) =>
        Probes.FirstOrDefault(probe => probe.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
