using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// What the cache has to do with one request that goes to the service: it puts its own question there, keeps the answer while it
/// passes, or stands in for an error with what it has.
/// </summary>
/// <param name="key">Null when nothing of it may be kept.</param>
/// <param name="why">Why the service is asked, in the words of RFC 9211.</param>
/// <param name="stored">What there is for the request, though it could not be used.</param>
/// <param name="isLeading">Whether others wait for it.</param>
internal sealed class CacheVisit(ResponseCache cache, HttpContext context, string? key, CacheControl wants, string why, StoredAnswer? stored, bool isLeading)
{
    private readonly long _startedAt = cache.Time.GetTimestamp();
    private bool _isLeading = isLeading;
    private bool _hasAsked;
    private IHttpResponseBodyFeature? _caller;
    private BodyChunks? _body;
    private int? _length;
    private StoredAnswer? _coming;

    /// <summary>What the caller said that it has, before we put our own question there.</summary>
    public StringValues IfNoneMatch { get; } = context.Request.Headers.IfNoneMatch;

    public StringValues IfModifiedSince { get; } = context.Request.Headers.IfModifiedSince;

    /// <summary>Nobody waits for the answer; it is asked for to be kept.</summary>
    public bool IsInBackground { get; init; }

    /// <summary>The service said that this still holds; null when it did not.</summary>
    public StoredAnswer? Freshened { get; private set; }

    /// <summary>The service said that something still holds that is not what we have.</summary>
    public bool IsAtOdds { get; private set; }

    public string Why => why;

    /// <summary>Asks the service whether what there is still holds, instead of for all of it.</summary>
    public void AskWhetherItHolds()
    {
        if (stored is not { HasValidator: true } || key == null) return;
        var headers = context.Request.Headers;
        headers.IfNoneMatch = stored.ETag ?? default(StringValues);
        headers.IfModifiedSince = stored.LastModified ?? default(StringValues);
        _hasAsked = true;
    }

    /// <summary>Asks as the caller did.</summary>
    public void AskForAll()
    {
        (context.Request.Headers.IfNoneMatch, context.Request.Headers.IfModifiedSince) = (IfNoneMatch, IfModifiedSince);
        context.Response.StatusCode = StatusCodes.Status200OK;
        (_hasAsked, IsAtOdds) = (false, false);
    }

    /// <summary>Takes the answer to our own question, which the caller has not put.</summary>
    /// <returns>False when it is an answer for the caller.</returns>
    public bool TryFreshen(HttpResponseMessage response)
    {
        if (!_hasAsked || (int)response.StatusCode != StatusCodes.Status304NotModified) return false;
        var headers = With(response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Select(header => KeyValuePair.Create(header.Key, new StringValues([.. header.Value]))));
        if (stored!.ETag is { } tag && !Preconditions.IsSameTag(tag, headers[HeaderNames.ETag].ToString()))
        {
            cache.Store.Remove(key!);
            IsAtOdds = true;
            return true;
        }

        Freshened = Freshen(headers);
        return true;
    }

    /// <summary>Whether what there is may stand in for that error.</summary>
    public bool StandsInFor(int status) =>
        stored != null && key != null && CachePolicy.IsError(status)
        && CachePolicy.MayStandIn(stored, wants, stored.Freshness.Age(cache.Time), cache.Options.StaleIfError);

    /// <summary>Answers with what there is, and says what was wrong.</summary>
    public Task StandInAsync(Failure failure)
    {
        if (IsInBackground) return Task.CompletedTask;
        cache.Count(context, CacheResult.Stale);
        var left = stored!.Freshness.Lifetime - stored.Freshness.Age(cache.Time);
        var status = CacheStatus.Forwarded(cache.Name, why, failure.ReceivedStatus, left: left, detail: "stale-if-error");
        return cache.WriteAsync(context, stored, IfNoneMatch, IfModifiedSince, status, failure);
    }

    /// <summary>An answer goes to the caller: prepares to keep it, or forgets what it makes untrue.</summary>
    public void Answers()
    {
        var (response, status) = (context.Response, context.Response.StatusCode);
        if (!IsInBackground) cache.Count(context, key == null ? CacheResult.Passed : CacheResult.Miss);
        if (!ResponseCache.IsSafe(context.Request.Method) || Disguise.Of(context.Request) != null)
        {
            if (status is >= 200 and < 400) cache.Invalidate(context);
        }
        else if (key != null && HttpMethods.IsGet(context.Request.Method))
        {
            Prepare(response, status);
        }
        else if (key != null && stored != null && status == StatusCodes.Status200OK)
        {
            Compare(response.Headers);
        }

        TimeSpan? left = _coming?.Freshness is { } freshness ? freshness.Lifetime - freshness.InitialAge : null;
        response.Headers.Append(CacheStatus.Header, CacheStatus.Forwarded(cache.Name, why, isStored: _coming != null && _length != null, left: left));
        if (_length == 0) Keep();
    }

    /// <summary>A piece of the body is on its way to the caller.</summary>
    public void Passed(ReadOnlySpan<byte> bytes)
    {
        if (_coming == null) return;
        if (_body!.TryAdd(bytes, _length, cache.Store))
        {
            if (_body.Length == _length) Keep();
            return;
        }

        Drop();
        Land(isAlone: true);
    }

    /// <summary>The body came to its end, as its sender wanted it.</summary>
    public void AnswerEnded()
    {
        if (_length == null) Keep();
    }

    /// <summary>The request is over, however it went.</summary>
    public void End()
    {
        Drop();
        if (_caller != null) context.Features.Set(_caller);
        Land(isAlone: Freshened == null ? null : Freshened.Freshness.Lifetime == TimeSpan.Zero);
    }

    // What the answer to a HEAD says of what there is (section 4.3.5): it is that still, or something else.
    private void Compare(IHeaderDictionary headers)
    {
        var isSame = (headers.ETag.Count == 0 || headers.ETag == stored!.ETag)
            && (headers.LastModified.Count == 0 || headers.LastModified == stored!.LastModified)
            && (headers.ContentLength == null || headers.ContentLength == stored!.Body.Length);
        if (!isSame) cache.Store.Remove(key!);
        else if (headers.ETag.Count + headers.LastModified.Count > 0) Freshen(With(headers));
    }

    private HeaderDictionary With(IEnumerable<KeyValuePair<string, StringValues>> newer)
    {
        var headers = new HeaderDictionary();
        foreach (var header in stored!.Headers) headers[header.Key] = header.Value;
        foreach (var header in newer)
        {
            if (header.Key == HeaderNames.Age || StoredHeaders.MayBeFreshened(header.Key)) headers[header.Key] = header.Value;
        }

        return headers;
    }

    private StoredAnswer Freshen(HeaderDictionary newer)
    {
        IHeaderDictionary headers = newer;
        var (delay, now) = (cache.Time.GetElapsedTime(_startedAt), cache.Time.GetUtcNow());
        var control = CacheControl.Parse(headers.CacheControl);
        var freshened = StoredAnswer.Of(key!, stored!.Status, headers, stored.Body, context.Request.Headers, Freshness.Of(headers, control, delay, cache.Time), now);
        // What came with the news, a cookie perhaps, may be for this caller alone.
        if (CachePolicy.MayStore(context.Request.Headers, stored.Status, headers, control)) cache.Freshen(stored, freshened, _startedAt);
        else cache.Store.Remove(key!);
        return freshened;
    }

    private void Prepare(HttpResponse response, int status)
    {
        var headers = response.Headers;
        var control = CacheControl.Parse(headers.CacheControl);
        if (!CachePolicy.MayStore(context.Request.Headers, status, headers, control) || response.ContentLength > cache.Store.LargestAnswer)
        {
            // What there was is not what the service says now; other answers say nothing of it.
            if (status is 200 or 301 or 308 or 404 or 410) cache.Store.Remove(key!);
            Land(isAlone: true);
            return;
        }

        _body = new BodyChunks();
        var freshness = Freshness.Of(headers, control, cache.Time.GetElapsedTime(_startedAt), cache.Time);
        _coming = StoredAnswer.Of(key!, status, headers, _body, context.Request.Headers, freshness, cache.Time.GetUtcNow());
        if (!CachePolicy.IsWorthKeeping(_coming, cache.Options.StaleIfError))
        {
            Drop();
            Land(isAlone: true);
            return;
        }

        if (freshness.Lifetime <= freshness.InitialAge) Land(isAlone: true);
        _length = status == StatusCodes.Status204NoContent ? 0 : (int?)response.ContentLength;
        _caller = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        context.Features.Set<IHttpResponseBodyFeature>(new WatchedAnswer(_caller, Passed));
    }

    private void Keep()
    {
        if (_coming == null) return;
        _body!.Trim(cache.Store);
        var isKept = !cache.Flights.HasChangedSince(key!, _startedAt);
        if (isKept) isKept = cache.Store.TryPut(_coming);
        else cache.Store.Release(_body.Reserved);
        _coming = null;
        Land(isAlone: !isKept);
    }

    private void Drop()
    {
        if (_coming == null) return;
        cache.Store.Release(_body!.Reserved);
        _coming = null;
    }

    // Those who wait look again now: they find it, or ask themselves.
    private void Land(bool? isAlone)
    {
        if (!_isLeading) return;
        _isLeading = false;
        if (isAlone is { } known) cache.Flights.SetAlone(key!, known);
        cache.Flights.Land(key!);
    }
}
