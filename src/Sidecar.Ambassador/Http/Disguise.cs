using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>Headers that may make a server take a request for another one than its method and path say.</summary>
internal static class Disguise
{
    private static readonly string[] Headers = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"];

    /// <returns>The header; null for nearly all requests.</returns>
    public static string? Of(HttpRequest request)
    {
        foreach (var header in Headers)
        {
            if (request.Headers.ContainsKey(header)) return header;
        }

        return null;
    }
}
