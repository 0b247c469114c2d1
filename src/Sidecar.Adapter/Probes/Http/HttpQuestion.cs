using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// What is asked, where, and with which headers. Secrets are read anew for each question, because their files change.
internal sealed record HttpQuestion(Uri Url)
{
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// The unix socket that is asked instead of the URL's host.
    public EndPoint? Socket { get; init; }

    public Secret? Headers { get; init; }

    public Secret? Basic { get; init; }

    public Secret? Bearer { get; init; }

    /// Asked because a stranger said so.
    public bool IsForStrangers { get; init; }

    /// Not for our own kind, which writes nothing about a question.
    public bool BeginsTrace { get; init; } = true;

    /// Off by default: a kept connection hides an accept queue that nobody serves.
    public bool KeepsConnection { get; init; }

    public HttpRequestMessage Request(Uri url)
    {
        var request = new HttpRequestMessage(Method, url);
        request.Headers.ConnectionClose = !KeepsConnection;
        request.Headers.TryAddWithoutValidation("User-Agent", "sidecar-adapter");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        // A redirect that gives up TLS must not carry what was meant for TLS.
        if (Url.Scheme == Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttps)
            return request;

        if (Basic is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Basic.Current)));
        if (Bearer is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Bearer.Current}");
        foreach (var (name, value) in Headers is null ? [] : HeadersOf(Headers.Current))
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    /// Null when every line is a header.
    public static string? HeaderTrouble(string lines) =>
        ValueForms.List(lines).Count == HeadersOf(lines).Count() ? null : "headers are expected, Name: value, separated by newlines or ;";

    private static IEnumerable<(string Name, string Value)> HeadersOf(string lines)
    {
        foreach (var line in ValueForms.List(lines))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).IndexOfAny(' ', '\t') < 0)
                yield return (line[..colon], line[(colon + 1)..].Trim());
        }
    }
}
