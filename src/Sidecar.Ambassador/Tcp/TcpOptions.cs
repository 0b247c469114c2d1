using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Tcp;

/// <summary>What a TCP route does beyond where it leads.</summary>
/// <param name="QueueTimeout">How long a connection waits for an endpoint while there is none.</param>
/// <param name="Tls">What the upstream's side is encrypted with; null when it is not.</param>
internal sealed record TcpOptions(TimeSpan QueueTimeout, UpstreamTls? Tls);
