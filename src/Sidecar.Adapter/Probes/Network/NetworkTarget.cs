using System.Net;

namespace Sidecar.Adapter.Probes.Network;

/// A host and a port, and whether they are in the pod: its containers share one loopback.
internal sealed record NetworkTarget(string Host, int Port)
{
    private const string Localhost = "localhost";
    private const string Pod = "pod";

    /// Asked because a stranger said so: never where it would find the cloud's secrets.
    public bool IsForStrangers { get; init; }

    public bool IsLoopback => IsLocalName(Host) || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    public bool IsInPod => IsLoopback || IsPodName(Host);

    /// `pod` is both loopbacks and then the pod's own addresses, for apps that listen only there.
    public static bool IsPodName(string host) => host.Equals(Pod, StringComparison.OrdinalIgnoreCase);

    /// `localhost` is both families here, whatever the image's /etc/hosts says: apps listen on one of them, and it
    /// is rarely known which.
    public static bool IsLocalName(string host) => host.Equals(Localhost, StringComparison.OrdinalIgnoreCase) || IsEveryAddress(host);

    public static NetworkTarget Of(Uri url) => new(url.IdnHost, url.Port);

    /// 0.0.0.0 and [::] are where an app listens, and nothing that could be asked; who copies one of them from the app's settings
    /// means localhost.
    public static Uri Askable(Uri url) => IsEveryAddress(url.IdnHost) ? new UriBuilder(url) { Host = Localhost }.Uri : url;

    private static bool IsEveryAddress(string host) =>
        IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
