using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Routes;

/// <summary>A host and a port as they were written: the host is a lower-case name or an IP address without brackets.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>It was written with a dot at its end: the search domains are not for it. The dot is no part of the name itself.</summary>
    public bool IsAbsolute { get; init; }

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>1.2.3.4:port</c> or <c>[::1]:port</c>; without a port it gets the default.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> text, int defaultPort, out HostPort hostPort, [NotNullWhen(false)] out string? expected)
    {
        hostPort = default;
        var host = text;
        var port = defaultPort;
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf(']'))
        {
            host = text[..colon];
            if (!TryParsePort(text[(colon + 1)..], out port))
            {
                expected = "a port between 1 and 65535 after the ':'";
                return false;
            }
        }

        if (!TryParseHost(host, out var name))
        {
            expected = "a host name, an IPv4 address, or an IPv6 address in brackets";
            return false;
        }

        hostPort = new HostPort(name, port) { IsAbsolute = host[^1] == '.' };
        expected = port > 0 ? null : "a port after the host";
        return port > 0;
    }

    public static bool TryParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange('0', '9') && int.TryParse(text, out port)
            && port is > 0 and <= 65535;
    }

    public static bool TryParseHost(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? host)
    {
        host = null;
        if (text is ['[', .. var inner, ']'])
        {
            if (!IPAddress.TryParse(inner, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;
            host = address.ToString();
            return true;
        }

        if (!IsHostName(text)) return false;
        host = text.TrimEnd('.').ToString().ToLowerInvariant();
        return true;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool IsHostName(ReadOnlySpan<char> text)
    {
        var name = text.EndsWith(".") ? text[..^1] : text;
        if (name.Length is 0 or > 253) return false;

        ReadOnlySpan<char> last = default;
        foreach (var range in name.Split('.'))
        {
            last = name[range];
            if (last.Length is 0 or > 63 || last[0] == '-' || last[^1] == '-') return false;
            foreach (var c in last)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')) return false;
            }
        }

        // "10.0.1" is read as 10.0.0.1 by some and as a name by others: only four numbers are an address.
        return last.ContainsAnyExceptInRange('0', '9') || IsDottedQuad(name);
    }

    private static bool IsDottedQuad(ReadOnlySpan<char> name)
    {
        var parts = 0;
        foreach (var range in name.Split('.'))
        {
            var part = name[range];
            if (++parts > 4 || part.Length > 3 || (part.Length > 1 && part[0] == '0') || !byte.TryParse(part, out _)) return false;
        }

        return parts == 4;
    }
}
