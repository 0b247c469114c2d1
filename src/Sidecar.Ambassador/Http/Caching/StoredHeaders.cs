using System.Collections.Frozen;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>Which headers of an answer are not kept with it, or not changed by a 304 (RFC 9111, sections 3.1 and 3.2).</summary>
internal static class StoredHeaders
{
    // Of one connection, of one hop, or made anew each time. X-Request-Id names the request that an answer belongs to.
    private static readonly FrozenSet<string> LeftOut = FrozenSet.ToFrozenSet(
        ["Age", "Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Connection",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Request-Id"],
        StringComparer.OrdinalIgnoreCase);

    // They say how the stored bytes are to be read.
    private static readonly FrozenSet<string> OfBody = FrozenSet.ToFrozenSet(
        ["Content-Encoding", "Content-Range", "Content-Type"], StringComparer.OrdinalIgnoreCase);

    // They describe a body, and a 304 has none.
    private static readonly FrozenSet<string> OnlyWithBody = FrozenSet.ToFrozenSet(
        ["Content-Encoding", "Content-Language", "Content-Range", "Content-Type", "Content-MD5", "Content-Disposition"], StringComparer.OrdinalIgnoreCase);

    public static bool IsLeftOut(string name) => LeftOut.Contains(name);

    public static bool MayBeFreshened(string name) => !LeftOut.Contains(name) && !OfBody.Contains(name);

    public static bool IsOnlyWithBody(string name) => OnlyWithBody.Contains(name);
}
