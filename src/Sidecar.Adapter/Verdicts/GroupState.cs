using System.Collections.Immutable;

namespace Sidecar.Adapter.Verdicts;

/// A group at one moment, with the probes that count in it. A degraded one is up, with something to say.
internal sealed record GroupState(string Name, bool IsUp, bool IsDegraded, DateTimeOffset Since, ImmutableArray<ProbeState> Probes);
