using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Ambassador.Routes;

/// <summary>One address that a route listens on.</summary>
/// <param name="EndPoint">An <see cref="IPEndPoint"/> or a <see cref="UnixDomainSocketEndPoint"/>.</param>
/// <param name="IsOptional">It came with another one (<c>6379</c> means both loopbacks), so a machine without IPv6 is no fault.</param>
internal sealed record ListenAddress(EndPoint EndPoint, bool IsOptional = false)
{
    public const string Expected = "a port (6379 is 127.0.0.1 and ::1), address:port, *:port, or unix:/path";

    public const string Example = "6379";

    private const string UnixPrefix = "unix:";

    // sun_path holds 108 bytes with the NUL at its end.
    private const int MaxUnixPathBytes = 107;

    /// <summary>Reads one entry; a bare port, and localhost, are two addresses.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out IReadOnlyList<ListenAddress>? addresses)
    {
        addresses = text.StartsWith(UnixPrefix, StringComparison.Ordinal) ? Unix(text[UnixPrefix.Length..]) : Tcp(text);
        return addresses != null;
    }

    public bool IsUnix => EndPoint is UnixDomainSocketEndPoint;

    /// <summary>Nobody outside this machine (or pod) can connect to it.</summary>
    public bool IsLocal => EndPoint is not IPEndPoint { Address: var address } || IPAddress.IsLoopback(address);

    /// <summary>Whether a connection could mean either of the two.</summary>
    public bool Overlaps(ListenAddress other)
    {
        if (EndPoint is not IPEndPoint mine || other.EndPoint is not IPEndPoint theirs) return EndPoint.Equals(other.EndPoint);
        return mine.Port == theirs.Port && (Covers(mine.Address, theirs.Address) || Covers(theirs.Address, mine.Address));
    }

    /// <summary>Whether connecting to this address would reach this listener.</summary>
    public bool IsReachedBy(IPEndPoint target) =>
        EndPoint is IPEndPoint mine && mine.Port == target.Port
        && (mine.Address.Equals(target.Address) || (Covers(mine.Address, target.Address) && IsOurs(target.Address)));

    public override string ToString() => EndPoint switch
    {
        IPEndPoint { Port: var port, Address: var address } when IsAny(address) && address.AddressFamily == AddressFamily.InterNetworkV6 =>
            $"*:{port}",
        UnixDomainSocketEndPoint unix => UnixPrefix + unix,
        _ => EndPoint.ToString()!,
    };

    // Only an address of this machine can be bound; what the program sees of its network may be less than that.
    private static bool IsOurs(IPAddress address)
    {
        if (IPAddress.IsLoopback(address)) return true;
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool Covers(IPAddress address, IPAddress other) =>
        address.Equals(other) || address.Equals(IPAddress.IPv6Any)
        || (address.Equals(IPAddress.Any) && other.AddressFamily == AddressFamily.InterNetwork);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static ListenAddress[]? Unix(string path) =>
        path.StartsWith('/') && path.Length > 1 && !path.Contains('\0') && Encoding.UTF8.GetByteCount(path) <= MaxUnixPathBytes
            ? [new ListenAddress(new UnixDomainSocketEndPoint(path))]
            : null;

    private static ListenAddress[]? Tcp(string text)
    {
        var colon = text.LastIndexOf(':');
        if (!HostPort.TryParsePort(text.AsSpan(colon + 1), out var port)) return null;
        if (colon < 0 || text[..colon].Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return
            [
                new ListenAddress(new IPEndPoint(IPAddress.Loopback, port)),
                new ListenAddress(new IPEndPoint(IPAddress.IPv6Loopback, port), IsOptional: true),
            ];
        }

        if (text[..colon] == "*") return [new ListenAddress(new IPEndPoint(IPAddress.IPv6Any, port))];
        if (!HostPort.TryParseHost(text.AsSpan(0, colon), out var host) || !IPAddress.TryParse(host, out var address)) return null;
        return [new ListenAddress(new IPEndPoint(address, port))];
    }
}
