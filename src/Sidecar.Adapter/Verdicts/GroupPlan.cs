using System.Collections.Immutable;

namespace Sidecar.Adapter.Verdicts;

/// A group as the settings describe it: what makes it well, and what is made of that.
internal sealed record GroupPlan(string Name, GroupRule Rule, GroupExpression Expression)
{
    public ImmutableArray<string> Probes { get; } = [.. Expression.Probes];
}
