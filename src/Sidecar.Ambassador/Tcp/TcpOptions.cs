using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Tcp;

/// <summary>What a TCP route does beyond where it leads.</summary>
/// <param name="QueueTimeout">How long a connection waits for an endpoint while there is none, or for another one to end.</param>
/// <param name="MaxConnections">So many are open at once; 0 for any number.</param>
/// <param name="Tls">What the upstream's side is encrypted with; null when it is not.</param>
internal sealed record TcpOptions(TimeSpan QueueTimeout, int MaxConnections, UpstreamTls? Tls);
