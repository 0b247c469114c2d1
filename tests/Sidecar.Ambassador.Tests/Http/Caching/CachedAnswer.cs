using System.Net;

namespace Sidecar.Ambassador.Tests.Http.Caching;

/// What the caller sees of an answer that a cache may have given.
internal sealed record CachedAnswer(HttpStatusCode Status, string Body, int? Age, string CacheStatus, string ProxyStatus, string ETag, long? Length)
{
    public bool IsHit => CacheStatus.StartsWith("sidecar-ambassador/x; hit", StringComparison.Ordinal);
}
