using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Http;

/// What is asked, where, and with which headers. Secrets are read anew for each question, because their files change.
internal sealed record HttpQuestion(Uri Url)
{
    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // The client takes none of them where no body is sent.
    private static readonly HashSet<string> OfBodies = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-MD5",
        "Content-Range", "Content-Type", "Expires", "Last-Modified", "Transfer-Encoding",
    };

    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// The unix socket that is asked instead of the URL's host.
    public EndPoint? Socket { get; init; }

    public Secret? Headers { get; init; }

    public Secret? Basic { get; init; }

    public Secret? Bearer { get; init; }

    /// Where it may lead if it is asked because a stranger said so; null for the user's own.
    public Func<Uri, bool>? StrangersMayAsk { get; init; }

    public bool IsForStrangers => StrangersMayAsk is not null;

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
            // They may come by a file that has changed since the start.
            if (OfBodies.Contains(name))
                continue;

            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    /// Null when every line is a header that we can send.
    public static string? HeaderTrouble(string lines)
    {
        var headers = HeadersOf(lines).ToArray();
        if (ValueForms.List(lines).Count != headers.Length)
            return "headers are expected, Name: value, separated by newlines or ;";

        return Array.Find(headers, header => OfBodies.Contains(header.Name)).Name is { } name
            ? $"headers of a question that has no body are expected, and {name} is not one"
            : null;
    }

    private static IEnumerable<(string Name, string Value)> HeadersOf(string lines)
    {
        foreach (var line in ValueForms.List(lines))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && !line.AsSpan(0, colon).ContainsAnyExcept(NameChars))
                yield return (line[..colon], line[(colon + 1)..].Trim());
        }
    }
}
