using System.Net;

namespace Sidecar.Ambassador.Redis;

/// Where a server is, and the name that it was found by, which is what its certificate has to carry.
internal sealed record ServerAddress(IPEndPoint EndPoint, string Host)
{
    public override string ToString() => EndPoint.ToString();
}
