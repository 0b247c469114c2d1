namespace Sidecar.Ambassador.Upstreams;

/// <summary>How a route's endpoints are checked.</summary>
/// <param name="Path">What is asked for by HTTP; null when a connection is answer enough.</param>
internal sealed record HealthOptions(TimeSpan Interval, TimeSpan Timeout, string? Path = null);
