using System.Collections.Immutable;

namespace Sidecar.Adapter.Verdicts;

/// A group at one moment, with the probes that count in it.
internal sealed record GroupState(string Name, bool IsUp, DateTimeOffset Since, ImmutableArray<ProbeState> Probes);
