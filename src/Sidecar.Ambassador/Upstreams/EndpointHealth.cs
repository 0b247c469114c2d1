namespace Sidecar.Ambassador.Upstreams;

/// <summary>How an endpoint is, since when, and why it is not used if it is not.</summary>
internal sealed record EndpointHealth(string? DownReason, DateTimeOffset Since)
{
    public bool IsHealthy => DownReason == null;
}
