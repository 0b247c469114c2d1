using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Sidecar.Adapter.Probes.Network;

/// Opens fresh connections. Tries each address of a host in turn, both families for `localhost`; a failure is a value.
internal static class Dialer
{
    private static readonly IPAddress[] BothLoopbacks = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// Throws only when cancelled.
    public static async Task<Dialed> ConnectAsync(NetworkTarget target, CancellationToken cancellation)
    {
        IPAddress[] addresses;
        try
        {
            addresses = NetworkTarget.IsLocalName(target.Host) ? BothLoopbacks
                : NetworkTarget.IsPodName(target.Host) ? [.. BothLoopbacks, .. OwnAddresses()]
                : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        }
        catch (SocketException unresolved)
        {
            return new Dialed(null, $"the host name does not resolve ({Explain(unresolved)})");
        }

        // A name of more than 255 characters.
        catch (ArgumentException)
        {
            return new Dialed(null, "the host name does not resolve (no such name)");
        }

        if (target.IsForStrangers && Array.Exists(addresses, IsMetadataService))
            return new Dialed(null, "link-local addresses are never asked for others");

        List<string> troubles = [];
        foreach (var address in addresses)
        {
            var (socket, trouble) = await ConnectAsync(new IPEndPoint(address, target.Port), cancellation);
            if (socket is not null)
                return new Dialed(socket, null);

            troubles.Add(IPAddress.IsLoopback(address) ? $"{trouble} at {address}" : trouble!);
        }
        return new Dialed(null, troubles.Count == 0 ? "the host name has no address" : string.Join(", ", troubles.Distinct()));
    }

    // Where clouds hand out credentials: 169.254.0.0/16, fe80::/10, and fd00:ec2::/32 on AWS.
    private static bool IsMetadataService(IPAddress address)
    {
        var bytes = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        return bytes is [169, 254, ..] or [0xfd, 0x00, 0x0e, 0xc2, ..] || address.IsIPv6LinkLocal;
    }

    private static IEnumerable<IPAddress> OwnAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal);

    /// Throws only when cancelled.
    public static async Task<Dialed> ConnectAsync(EndPoint endpoint, CancellationToken cancellation)
    {
        var protocol = endpoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp;
        Socket? socket = null;
        try
        {
            socket = new Socket(endpoint.AddressFamily, SocketType.Stream, protocol);
            await socket.ConnectAsync(endpoint, cancellation);
            if (protocol == ProtocolType.Tcp)
                socket.NoDelay = true;
            return new Dialed(socket, null);
        }
        catch (SocketException trouble)
        {
            socket?.Dispose();
            return new Dialed(null, IsMissing(endpoint, trouble) ? "no such socket" : Explain(trouble));
        }
        catch (OperationCanceledException)
        {
            socket?.Dispose();
            throw;
        }
    }

    private static bool IsMissing(EndPoint endpoint, SocketException trouble) =>
        endpoint is UnixDomainSocketEndPoint && trouble.SocketErrorCode == SocketError.AddressNotAvailable;

    /// In our words, because a trimmed program has no texts of the framework's.
    public static string Explain(SocketException trouble) => trouble.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset or SocketError.Shutdown => "connection reset",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route",
        SocketError.HostNotFound or SocketError.NoData => "no such name",
        SocketError.TryAgain => "the name server gave no answer",
        SocketError.AccessDenied => "permission denied",
        SocketError.AddressFamilyNotSupported => "this address family is off",
        SocketError.AddressNotAvailable => "no such address",
        SocketError.TimedOut => "no answer to the connect",
        var other => $"{other}",
    };
}
