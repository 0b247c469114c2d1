using System.Globalization;
using System.Net;

namespace Sidecar.Hosting.Settings;

/// <summary>
/// Where the admin port listens: <c>*:9471</c>, <c>127.0.0.1</c>, <c>127.0.0.1:9471</c>, <c>[::1]:9471</c> or <c>9471</c>.
/// No address means all addresses, IPv4 and IPv6; no port means the agent's own.
/// </summary>
public sealed record ListenAddress(IPAddress? Address, int? Port)
{
    private const string Expected = "an address, a port, or both is expected (*:9471, 127.0.0.1, 127.0.0.1:9471, [::1]:9471)";

    public static Parsed<ListenAddress?> Read(string text)
    {
        if (IPAddress.TryParse(text.Trim('[', ']'), out var alone) && (text.Contains('.', StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal)))
        {
            return Parsed.Right<ListenAddress?>(new ListenAddress(alone, null));
        }

        if (text is "*" or "localhost")
        {
            return Parsed.Right<ListenAddress?>(new ListenAddress(text == "*" ? null : IPAddress.Loopback, null));
        }

        var colon = text.LastIndexOf(':');
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
        {
            return Parsed.Wrong<ListenAddress?>(Expected);
        }

        return (colon < 0 ? "*" : text[..colon]) switch
        {
            "*" => Parsed.Right<ListenAddress?>(new ListenAddress(null, port)),
            "localhost" => Parsed.Right<ListenAddress?>(new ListenAddress(IPAddress.Loopback, port)),
            var host when IPAddress.TryParse(host.Trim('[', ']'), out var address) => Parsed.Right<ListenAddress?>(new ListenAddress(address, port)),
            _ => Parsed.Wrong<ListenAddress?>(Expected),
        };
    }

    public override string ToString()
    {
        var host = Address is null ? "*" : Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{Address}]" : Address.ToString();
        return Port is null ? host : $"{host}:{Port}";
    }
}
