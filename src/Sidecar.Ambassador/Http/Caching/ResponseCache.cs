using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Http.Caching;

/// <summary>
/// Answers requests of a route with answers that it gave before, as RFC 9111 lets a shared cache do; RFC 5861 says when with such as
/// have had their time. Those who want the same at the same time wait for the first of them.
/// </summary>
internal sealed partial class ResponseCache(
    Upstream upstream, HttpOptions http, CacheOptions options, TimeProvider time, ILogger logger)
{
    // Longer than nearly all answers take; then it is better that several ask than that all wait.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly long[] _counts = new long[Enum.GetValues<CacheResult>().Length];

    public CacheOptions Options => options;

    public CacheStore Store { get; } = new(options.Bytes);

    public Flights Flights { get; } = new(time);

    public TimeProvider Time => time;

    public string Name => upstream.Route.Name;

    public static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    public long CountOf(CacheResult result) => Volatile.Read(ref _counts[(int)result]);

    public void Count(HttpContext context, CacheResult result)
    {
        Interlocked.Increment(ref _counts[(int)result]);
        if (context.Features.Get<TraceContext>() is { } trace) trace.Cached = result;
    }

    public async Task ServeAsync(HttpContext context, TraceContext trace, HttpRoute route)
    {
        var headers = context.Request.Headers;
        var wants = CacheControl.OfRequest(headers);
        var mayAnswer = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (!mayAnswer || IsPassedBy(context, wants))
        {
            if (wants.OnlyIfCached && mayAnswer) await RefuseAsync(context);
            else await AskAsync(context, trace, route, new CacheVisit(this, context, key: null, wants, mayAnswer ? "bypass" : "method", stored: null, isLeading: false));
            return;
        }

        var key = KeyOf(context, RequestTarget.Of(context));
        var stored = Store.Find(key, headers, out var hasOthers);
        var use = stored == null ? CacheUse.Ask : CachePolicy.Judge(stored, wants, stored.Freshness.Age(time));
        var why = stored != null ? wants.NoCache ? "request" : "stale" : hasOthers ? "vary-miss" : "uri-miss";
        var isCollapsed = false;
        var isLeading = false;
        if (use == CacheUse.Ask && !wants.OnlyIfCached && MayCollapse(context, wants, stored, key))
        {
            isLeading = Flights.TryLead(key, out var landing);
            if (!isLeading)
            {
                await landing.WaitAsync(Patience, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stored = Store.Find(key, headers, out _) ?? stored;
                isCollapsed = stored != null && CachePolicy.Judge(stored, wants, stored.Freshness.Age(time)) == CacheUse.Fresh;
            }
        }

        if (isCollapsed) await AnswerAsync(context, stored!, CacheResult.Hit, CacheStatus.Forwarded(Name, why, isCollapsed: true));
        else if (use != CacheUse.Ask) await AnswerAsync(context, route, key, stored!, use);
        else if (wants.OnlyIfCached) await RefuseAsync(context);
        else await AskAsync(context, trace, route, new CacheVisit(this, context, key, wants, why, stored, isLeading));
    }

    /// <summary>Keeps an answer that the service says still holds, unless something changed meanwhile.</summary>
    public void Freshen(StoredAnswer before, StoredAnswer answer, long askedAt)
    {
        if (Flights.HasChangedSince(answer.Key, askedAt)) Store.Remove(answer.Key);
        else Store.Replace(before, answer);
    }

    /// <summary>A request that changes things went well: what is known of its target, and of those that its answer names, is forgotten (section 4.4).</summary>
    public void Invalidate(HttpContext context)
    {
        Forget(KeyOf(context, RequestTarget.Of(context)));
        foreach (var place in (ReadOnlySpan<StringValues>)[context.Response.Headers.Location, context.Response.Headers.ContentLocation])
        {
            if (place.Count != 1 || TargetOf(context, place.ToString()) is not { } target) continue;
            Forget(KeyOf(context, target));
            // As the service names it; the app asks without the prefix of the route's URL.
            var prefix = upstream.Route.Upstream[0].PathPrefix;
            if (prefix.Length > 0 && target.StartsWith(prefix, StringComparison.Ordinal)) Forget(KeyOf(context, target[prefix.Length..]));
        }
    }

    /// <summary>Answers with a stored answer, or says that the caller has it already.</summary>
    /// <param name="failure">What it stands in for; null when nothing was wrong.</param>
    public async Task WriteAsync(HttpContext context, StoredAnswer answer, StringValues ifNoneMatch, StringValues ifModifiedSince, string status, Failure? failure = null)
    {
        var response = context.Response;
        var isNotModified = Preconditions.IsNotModified(ifNoneMatch, ifModifiedSince, answer);
        response.StatusCode = isNotModified ? StatusCodes.Status304NotModified : answer.Status;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        foreach (var (name, value) in answer.Headers)
        {
            if (!isNotModified || !StoredHeaders.IsOnlyWithBody(name)) response.Headers[name] = value;
        }

        response.Headers.Age = ((long)answer.Freshness.Age(time).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        response.Headers["x-request-id"] = TraceContext.RequestIdOf(context);
        response.Headers.Append(CacheStatus.Header, status);
        if (failure != null) ProxyStatus.Add(response.Headers, Name, failure);
        if (isNotModified || answer.Status == StatusCodes.Status204NoContent) return;

        response.ContentLength = answer.Body.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        // A caller that left is told to the next write by the server.
        for (var i = 0; i < answer.Body.Count; i++) await response.Body.WriteAsync(answer.Body[i], CancellationToken.None);
    }

    public JsonObject Status() => new()
    {
        ["entries"] = Store.Count,
        ["bytes"] = Store.Bytes,
        ["limit"] = Store.Capacity,
        ["hits"] = CountOf(CacheResult.Hit),
        ["stale"] = CountOf(CacheResult.Stale),
        ["revalidated"] = CountOf(CacheResult.Revalidated),
        ["misses"] = CountOf(CacheResult.Miss),
        ["passed"] = CountOf(CacheResult.Passed),
    };

    private async Task AskAsync(HttpContext context, TraceContext trace, HttpRoute route, CacheVisit visit)
    {
        try
        {
            visit.AskWhetherItHolds();
            await route.AskAsync(context, trace, visit);
            if (visit.IsAtOdds)
            {
                visit.AskForAll();
                await route.AskAsync(context, trace, visit);
            }

            if (visit.Freshened is not { } stored || visit.IsInBackground) return;
            Count(context, CacheResult.Revalidated);
            var left = stored.Freshness.Lifetime - stored.Freshness.Age(time);
            await WriteAsync(
                context, stored, visit.IfNoneMatch, visit.IfModifiedSince, CacheStatus.Forwarded(Name, visit.Why, StatusCodes.Status304NotModified, left: left));
        }
        finally
        {
            visit.End();
        }
    }

    private async Task AnswerAsync(HttpContext context, HttpRoute route, string key, StoredAnswer stored, CacheUse use)
    {
        // The caller's headers are gone as soon as it has its answer.
        var background = use == CacheUse.StaleMeanwhile && Flights.TryLead(key, out _) ? InBackground(context) : null;
        var detail = use switch { CacheUse.Stale => "max-stale", CacheUse.StaleMeanwhile => "stale-while-revalidate", _ => null };
        var status = CacheStatus.Hit(Name, stored.Freshness.Lifetime - stored.Freshness.Age(time), detail);
        try
        {
            await AnswerAsync(context, stored, use == CacheUse.Fresh ? CacheResult.Hit : CacheResult.Stale, status);
        }
        finally
        {
            if (background != null) _ = RefreshAsync(background, route, key, stored);
        }
    }

    private Task AnswerAsync(HttpContext context, StoredAnswer stored, CacheResult result, string status)
    {
        Count(context, result);
        return WriteAsync(context, stored, context.Request.Headers.IfNoneMatch, context.Request.Headers.IfModifiedSince, status);
    }

    private async Task RefreshAsync(DefaultHttpContext context, HttpRoute route, string key, StoredAnswer stored)
    {
        try
        {
            using var trace = TraceContext.Of(context, Name);
            await AskAsync(context, trace, route, new CacheVisit(this, context, key, default, "stale", stored, isLeading: true) { IsInBackground = true });
        }
        catch (Exception e)
        {
            Log.NotRefreshed(logger, Name, e);
        }
    }

    private static DefaultHttpContext InBackground(HttpContext caller)
    {
        var context = ShadowRequest.Of(caller);
        context.Request.Method = HttpMethods.Get;
        context.Request.Headers.Remove(HeaderNames.IfNoneMatch);
        context.Request.Headers.Remove(HeaderNames.IfModifiedSince);
        // It is another request, and the caller's own ends before it.
        context.Request.Headers.Remove(TraceContext.RequestId);
        return context;
    }

    private Task RefuseAsync(HttpContext context) => OwnAnswer.WriteAsync(context, Name, new Failure(
        StatusCodes.Status504GatewayTimeout, ProxyError.HttpRequestDenied, FaultOrigin.App, "nothing is stored that may be used, and the request wants nothing else"));

    // Who wants the latest does not take what another one asked for before; and a question about what the caller has may be answered
    // with nothing that others could use.
    private bool MayCollapse(HttpContext context, in CacheControl wants, StoredAnswer? stored, string key) =>
        HttpMethods.IsGet(context.Request.Method) && wants is { NoCache: false, MaxAge: null } && (stored != null || !Preconditions.AreIn(context.Request.Headers)) && !Flights.IsAlone(key);

    private bool IsPassedBy(HttpContext context, in CacheControl wants)
    {
        var headers = context.Request.Headers;
        return wants.NoStore || headers.Range.Count > 0 || headers.IfMatch.Count > 0 || headers.IfUnmodifiedSince.Count > 0 || headers.IfRange.Count > 0
            || context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } || HttpRoute.IsStream(context.Request) || Disguise.Of(context.Request) != null
            || (http.Canary?.Header is { } canary && headers.ContainsKey(canary))
            // What the service answers to the route's own credentials is not for those who bring others.
            || (http.Login != null && !StringValues.IsNullOrEmpty(headers.Authorization));
    }

    private string KeyOf(HttpContext context, string target) => http.PreserveHost ? context.Request.Host.Value?.ToLowerInvariant() + target : target;

    private void Forget(string key)
    {
        // In this order: what comes in meanwhile is not kept.
        Flights.Changed(key);
        Store.Remove(key);
    }

    // Null when it is not of this service: nobody may speak for others.
    private string? TargetOf(HttpContext context, string place)
    {
        if (place.Length == 0) return null;
        if (place[0] == '/' && !place.StartsWith("//", StringComparison.Ordinal)) return place.Split('#')[0];
        if (!Uri.TryCreate($"{context.Request.Scheme}://{context.Request.Host.Value}{RequestTarget.Of(context)}", UriKind.Absolute, out var own)) return null;
        if (!Uri.TryCreate(own, place, out var uri)) return null;
        var isOurs = uri.Authority.Equals(own.Authority, StringComparison.OrdinalIgnoreCase)
            || upstream.Endpoints.All.Any(endpoint => uri.Authority.Equals(UpstreamConnections.Authority(upstream.Route, endpoint), StringComparison.OrdinalIgnoreCase));
        return isOurs ? uri.PathAndQuery : null;
    }

    private static partial class Log
    {
        [LoggerMessage(2211, LogLevel.Error, "Route '{Route}': a stored answer could not be refreshed; it is used until its time is over for good.")]
        public static partial void NotRefreshed(ILogger logger, string route, Exception exception);
    }
}
