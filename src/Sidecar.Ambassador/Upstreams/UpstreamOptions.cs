namespace Sidecar.Ambassador.Upstreams;

/// <summary>How the endpoints of a route are chosen and judged.</summary>
internal sealed record UpstreamOptions(Balance Balance, EjectionOptions Ejection);
