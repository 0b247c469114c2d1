using System.Net;

namespace Sidecar.Adapter.Probes;

/// A host and a port, and whether they are in the pod: its containers share one loopback.
internal sealed record NetworkTarget(string Host, int Port)
{
    private const string Localhost = "localhost";

    public bool IsLoopback => IsLocalName(Host) || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// `localhost` is both families here, whatever the image's /etc/hosts says: apps listen on one of them, and it
    /// is rarely known which.
    public static bool IsLocalName(string host) => host.Equals(Localhost, StringComparison.OrdinalIgnoreCase);

    public static NetworkTarget Of(Uri url) => new(url.IdnHost, url.Port);

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
