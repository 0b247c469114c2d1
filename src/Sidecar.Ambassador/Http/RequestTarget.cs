using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sidecar.Ambassador.Http;

/// <summary>What a request asks for, byte for byte as it was written.</summary>
internal static class RequestTarget
{
    /// <summary>The target goes on byte for byte: whoever signed it must find it unchanged.</summary>
    public static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Path and query.</summary>
    public static string Of(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw.StartsWith('/')) return raw;

        // Absolute form, as sent to a proxy, or the "*" of OPTIONS.
        return Uri.TryCreate(raw, AsWritten, out var uri) && uri.IsAbsoluteUri ? uri.PathAndQuery : "/";
    }

    public static string PathOf(HttpContext context)
    {
        var target = Of(context);
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }
}
