using System.Collections.Immutable;

namespace Sidecar.Adapter.Verdicts;

/// A group as the settings describe it: whose probes count, and how.
internal sealed record GroupPlan(string Name, GroupRule Rule, ImmutableArray<string> Probes);
