using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// What RFC 9111 lets a cache do that several share. Where it leaves a choice ours is the careful one: nothing with Set-Cookie is
/// kept, and no error.
/// </summary>
internal static class CachePolicy
{
    /// <summary>Whether the answer to a GET may be kept (section 3).</summary>
    public static bool MayStore(IHeaderDictionary request, int status, IHeaderDictionary answer, in CacheControl control)
    {
        if (status is < 200 or 206 or 304 or >= 500) return false;
        if (control.Private || (control.NoStore && !(control.MustUnderstand && IsUnderstood(status)))) return false;
        if (control.MustUnderstand && !IsUnderstood(status)) return false;
        if (!StringValues.IsNullOrEmpty(request.Authorization) && control is { Public: false, MustRevalidate: false, SharedMaxAge: null }) return false;
        if (answer.SetCookie.Count > 0 || answer.Trailer.Count > 0 || answer.Vary.ToString().Contains('*')) return false;
        if (answer.ContentType.ToString().StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase)) return false;
        return IsKeptByDefault(status) || control.Public || control.MaxAge != null || control.SharedMaxAge != null || answer.Expires.Count > 0;
    }

    /// <summary>Whether keeping it can ever spare or save a request.</summary>
    public static bool IsWorthKeeping(StoredAnswer answer, TimeSpan staleIfError) =>
        answer.HasValidator || (!answer.Control.NoCache && (answer.Freshness.Lifetime > TimeSpan.Zero || StaleIfError(answer, default, staleIfError) > TimeSpan.Zero));

    /// <summary>What may be done with a stored answer for a request (section 4.2; RFC 5861, section 3).</summary>
    public static CacheUse Judge(StoredAnswer answer, in CacheControl wants, TimeSpan age)
    {
        if (wants.NoCache || answer.Control.NoCache || age > wants.MaxAge) return CacheUse.Ask;
        var left = answer.Freshness.Lifetime - age;
        if (left > TimeSpan.Zero) return left >= (wants.MinFresh ?? TimeSpan.Zero) ? CacheUse.Fresh : CacheUse.Ask;
        if (wants.MinFresh != null || IsStrict(answer)) return CacheUse.Ask;
        if (-left <= answer.Control.StaleWhileRevalidate) return CacheUse.StaleMeanwhile;
        return answer.Control.SharedMaxAge == null && -left <= wants.MaxStale ? CacheUse.Stale : CacheUse.Ask;
    }

    /// <summary>Whether it may stand in for an error (RFC 5861, section 4).</summary>
    public static bool MayStandIn(StoredAnswer answer, in CacheControl wants, TimeSpan age, TimeSpan staleIfError) =>
        !wants.NoCache && !answer.Control.NoCache && age - answer.Freshness.Lifetime < StaleIfError(answer, wants, staleIfError);

    /// <summary>The errors that it may stand in for.</summary>
    public static bool IsError(int status) => status is 500 or 502 or 503 or 504;

    // What the answer itself says goes before what s-maxage implies: who wrote both meant both.
    private static TimeSpan StaleIfError(StoredAnswer answer, in CacheControl wants, TimeSpan always)
    {
        if (IsStrict(answer)) return TimeSpan.Zero;
        var said = answer.Control.StaleIfError ?? TimeSpan.Zero;
        if (answer.Control.SharedMaxAge != null) return said;
        if (wants.StaleIfError > said) said = wants.StaleIfError.Value;
        return always > said ? always : said;
    }

    private static bool IsStrict(StoredAnswer answer) => answer.Control.MustRevalidate || answer.Control.ProxyRevalidate;

    // RFC 9110, section 15.1, without those that are never kept here.
    private static bool IsKeptByDefault(int status) => status is 200 or 203 or 204 or 300 or 301 or 308 or 404 or 405 or 410 or 414;

    private static bool IsUnderstood(int status) => IsKeptByDefault(status) || status is 302 or 303 or 307;
}
