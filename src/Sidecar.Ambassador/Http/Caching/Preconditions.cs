using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>Whether the caller has already what we have (RFC 9110, section 13; RFC 9111, section 4.3.2).</summary>
internal static class Preconditions
{
    public static bool AreIn(IHeaderDictionary request) => request.IfNoneMatch.Count > 0 || request.IfModifiedSince.Count > 0;

    /// <param name="ifNoneMatch">What the caller said, before we put our own question there.</param>
    public static bool IsNotModified(StringValues ifNoneMatch, StringValues ifModifiedSince, StoredAnswer answer)
    {
        if (answer.Status != StatusCodes.Status200OK) return false;
        if (ifNoneMatch.Count > 0) return answer.ETag is { } tag && IsAmong(tag, ifNoneMatch);
        return ifModifiedSince.Count == 1 && answer.LastModified is { } modified
            && HeaderUtilities.TryParseDate(ifModifiedSince.ToString(), out var since) && HeaderUtilities.TryParseDate(modified, out var at) && at <= since;
    }

    /// <summary>Whether two tags name the same, weakly compared.</summary>
    public static bool IsSameTag(string one, string other) => Opaque(one).SequenceEqual(Opaque(other));

    private static bool IsAmong(string tag, StringValues tags) =>
        EntityTagHeaderValue.TryParseList(tags, out var parsed) && parsed.Any(known => known.Tag == "*" || IsSameTag(tag, known.ToString()));

    private static ReadOnlySpan<char> Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag.AsSpan(2) : tag;
}
