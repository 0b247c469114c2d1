using System.Net;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>One address that a name leads to.</summary>
/// <param name="Origin">The host and port by which it was found: the URL's, or those of an SRV record.</param>
/// <param name="Priority">Those with the lowest are used while they are up.</param>
/// <param name="Weight">Its share among those with the same priority.</param>
internal sealed record FoundAddress(IPEndPoint Address, HostPort Origin, int Priority = 0, int Weight = 1)
{
    /// <summary>The IPv6 address of the same server; null when it has none.</summary>
    public IPEndPoint? Other { get; init; }
}
