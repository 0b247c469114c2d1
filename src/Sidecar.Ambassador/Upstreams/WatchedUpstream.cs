using System.Text.Json.Nodes;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>An upstream with what finds its endpoints and what checks them.</summary>
internal sealed record WatchedUpstream(Upstream Upstream, Discovery Discovery, HealthChecks Checks)
{
    /// <summary>What the status page says of the route beside its endpoints, by name.</summary>
    public IReadOnlyList<(string Name, Func<JsonNode> Now)> Told { get; init; } = [];
}
