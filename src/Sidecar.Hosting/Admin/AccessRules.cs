using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Hosting.Admin;

/// <summary>
/// Who may see the status page and call control: a loopback peer with a loopback Host, no Origin and no forwarding headers,
/// since a mesh may deliver strangers from 127.0.0.1 or 127.0.0.6, and a web page can post through a port-forward. A unix
/// socket has its file's mode instead.
/// </summary>
internal static class AccessRules
{
    /// <summary>Null if the caller is one of us; else why not.</summary>
    public static string? Refusal(HttpContext context)
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix)
        {
            return null;
        }

        var headers = context.Request.Headers;
        return context.Connection.RemoteIpAddress is not { } peer || !IsLoopback(peer) ? "loopback only: the caller is not on this host"
            : !IsLoopbackHost(context.Request.Host.Host) ? "loopback only: the Host header names another host"
            : headers.ContainsKey("Origin") ? "loopback only: a web page (Origin) has no business here"
            : headers.ContainsKey("Forwarded") || headers.Keys.Any(name => name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase))
                ? "loopback only: the request was forwarded"
            : null;
    }

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IsLoopback(address));
}
