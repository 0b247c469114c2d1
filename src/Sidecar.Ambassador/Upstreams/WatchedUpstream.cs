namespace Sidecar.Ambassador.Upstreams;

/// <summary>An upstream with what finds its endpoints and what checks them.</summary>
internal sealed record WatchedUpstream(Upstream Upstream, Discovery Discovery, HealthChecks Checks);
