using System.Text;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>The Cache-Status header (RFC 9211): what the cache did, added behind what caches nearer to the service say of themselves.</summary>
internal static class CacheStatus
{
    public const string Header = "Cache-Status";

    /// <param name="detail">Why an answer is used that has had its time; null when it has not.</param>
    public static string Hit(string route, TimeSpan left, string? detail)
    {
        var entry = AddTtl(Begin(route).Append("; hit"), left);
        if (detail != null) entry.Append("; detail=").Append(detail);
        return entry.ToString();
    }

    /// <summary>The service was asked.</summary>
    /// <param name="why">Why it had to be.</param>
    /// <param name="status">What it answered, where that is not what the caller gets; 0 for nothing.</param>
    /// <param name="left">How long the answer still holds; null where it does not matter.</param>
    public static string Forwarded(
        string route, string why, int status = 0, bool isStored = false, bool isCollapsed = false, TimeSpan? left = null, string? detail = null)
    {
        var entry = Begin(route).Append("; fwd=").Append(why);
        if (status > 0) entry.Append("; fwd-status=").Append(status);
        if (isStored) entry.Append("; stored");
        if (isCollapsed) entry.Append("; collapsed");
        if (left is { } ttl) AddTtl(entry, ttl);
        if (detail != null) entry.Append("; detail=").Append(detail);
        return entry.ToString();
    }

    private static StringBuilder Begin(string route) => new StringBuilder("sidecar-ambassador/").Append(route);

    private static StringBuilder AddTtl(StringBuilder entry, TimeSpan left) => entry.Append("; ttl=").Append((long)Math.Round(left.TotalSeconds));
}
