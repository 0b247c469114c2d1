using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>How a route's endpoints are checked.</summary>
/// <param name="Path">What is asked for by HTTP; null when a connection is answer enough.</param>
/// <param name="Status">Which statuses of that answer are right.</param>
/// <param name="Tcp">What a TCP endpoint has to show; null for an HTTP route.</param>
internal sealed record HealthOptions(TimeSpan Interval, TimeSpan Timeout, string? Path = null, NumberRanges? Status = null, TcpCheck? Tcp = null)
{
    public override string ToString() => Path != null ? $"GET {Path}" : (Tcp ?? TcpCheck.Connect).ToString();
}
