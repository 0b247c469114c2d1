using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// How old an answer was when it came, and how long it holds (RFC 9111, section 4.2). One that does not say how long is not guessed
/// at: it never holds, and can only be asked about or stand in for an error.
/// </summary>
/// <param name="ReceivedAt">A timestamp: the wall clock may be set meanwhile.</param>
internal readonly record struct Freshness(TimeSpan Lifetime, TimeSpan InitialAge, long ReceivedAt)
{
    /// <param name="delay">How long the answer took to come, during which it may have aged.</param>
    public static Freshness Of(IHeaderDictionary headers, in CacheControl control, TimeSpan delay, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var date = headers.Date.Count > 0 && HeaderUtilities.TryParseDate(headers.Date.ToString(), out var said) ? said : now;
        // Date tells whole seconds, so a part of one says nothing.
        var apparent = now > date ? TimeSpan.FromSeconds((long)(now - date).TotalSeconds) : TimeSpan.Zero;
        var told = (CacheControl.Seconds((headers.Age.Count > 0 ? headers.Age[0] : null).AsSpan().Trim()) ?? TimeSpan.Zero) + delay;
        return new Freshness(LifetimeOf(headers, control, date), apparent > told ? apparent : told, time.GetTimestamp());
    }

    public TimeSpan Age(TimeProvider time) => InitialAge + time.GetElapsedTime(ReceivedAt);

    private static TimeSpan LifetimeOf(IHeaderDictionary headers, in CacheControl control, DateTimeOffset date)
    {
        if ((control.SharedMaxAge ?? control.MaxAge) is { } told) return told;

        // A date that can't be read, above all "0", is one in the past.
        if (headers.Expires.Count != 1 || !HeaderUtilities.TryParseDate(headers.Expires.ToString(), out var expires)) return TimeSpan.Zero;
        return expires > date ? expires - date : TimeSpan.Zero;
    }
}
