using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http.Faults;

/// <summary>
/// The Proxy-Status header (RFC 9209): each ambassador adds an entry behind those that it received, so the first of them is the
/// deepest that met the fault, and says which of its endpoints it was.
/// </summary>
internal static class ProxyStatus
{
    private const string Header = "Proxy-Status";

    /// <summary>The answer is ours.</summary>
    public static void Add(IHeaderDictionary headers, string route, Failure failure)
    {
        foreach (var received in failure.Received ?? []) headers.Append(Header, received);
        var entry = Begin(route, failure.Endpoint);
        if (failure.ReceivedStatus > 0) entry.Append("; received-status=").Append(failure.ReceivedStatus);
        else entry.Append("; error=").Append(Text(failure.Error));
        Quote(entry.Append("; details="), failure.Words);
        headers.Append(Header, entry.ToString());
    }

    /// <summary>The answer is the endpoint's, and an error.</summary>
    public static void AddReceived(IHeaderDictionary headers, string route, int status, string endpoint) =>
        headers.Append(Header, Begin(route, endpoint).Append("; received-status=").Append(status).ToString());

    /// <summary>What those behind the endpoint have told of a fault of theirs.</summary>
    public static IReadOnlyList<string>? OfDeeper(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(Header, out var entries) ? [.. entries] : null;

    /// <summary>Whether somebody behind the endpoint has told of a fault of its own.</summary>
    public static bool TellsOfDeeper(HttpResponseMessage response) => response.Headers.NonValidated.Contains(Header);

    private static StringBuilder Begin(string route, string? endpoint)
    {
        var entry = new StringBuilder("sidecar-ambassador/").Append(route);
        if (endpoint != null) Quote(entry.Append("; next-hop="), endpoint);
        return entry;
    }

    // A structured field's string holds printable ASCII only (RFC 8941, section 3.3.3).
    private static void Quote(StringBuilder to, string text)
    {
        to.Append('"');
        foreach (var c in text)
        {
            if (c is '"' or '\\') to.Append('\\');
            to.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        to.Append('"');
    }

    private static string Text(ProxyError error) => error switch
    {
        ProxyError.DnsError => "dns_error",
        ProxyError.DestinationNotFound => "destination_not_found",
        ProxyError.ConnectionRefused => "connection_refused",
        ProxyError.ConnectionTimeout => "connection_timeout",
        ProxyError.ConnectionTerminated => "connection_terminated",
        ProxyError.TlsCertificateError => "tls_certificate_error",
        ProxyError.TlsProtocolError => "tls_protocol_error",
        ProxyError.HttpResponseTimeout => "http_response_timeout",
        ProxyError.HttpProtocolError => "http_protocol_error",
        ProxyError.HttpRequestDenied => "http_request_denied",
        ProxyError.HttpRequestError => "http_request_error",
        ProxyError.ConnectionLimitReached => "connection_limit_reached",
        _ => "destination_unavailable",
    };
}
