using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Http.Admission;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Hangs;
using Sidecar.Ambassador.Http.Hedging;
using Sidecar.Ambassador.Http.Retries;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Work;
using Yarp.ReverseProxy.Forwarder;
using Endpoint = Sidecar.Ambassador.Upstreams.Endpoint;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Serves the requests of one HTTP route: picks an endpoint, forwards, and asks another one when that is safe. A request is sent
/// twice only when no byte of it was sent before, or its method promises that twice is the same as once.
/// </summary>
internal sealed class HttpRoute(
    Upstream upstream, HttpOptions options, UpstreamConnections connections, Gate gate, IHttpForwarder forwarder, AmbassadorMetrics metrics, AccessLogs logs, AgentState state, TimeProvider time,
    ILogger<HttpRoute> logger)
    : IServesRequests
{
    private static readonly Failure ConnectMethod = new(
        StatusCodes.Status501NotImplemented, ProxyError.HttpRequestError, FaultOrigin.App, "CONNECT is not served: give the app the route's address as the service's");

    // An endpoint may be back before a check has seen it.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private static readonly RetrySchedule BackOff = new(TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(250), Random.Shared.NextDouble);

    // YARP has no "never"; a socket that says nothing for a day is gone.
    private static readonly TimeSpan Endless = TimeSpan.FromDays(1);

    // Calls bring a deadline of their own, and no gRPC service speaks anything else, whatever the scheme.
    private static readonly ForwarderRequestConfig GrpcConfig = Config(Endless, System.Net.HttpVersion.Version20);

    private readonly ForwarderRequestConfig _config = Config(options.Timeout == TimeSpan.Zero ? Endless : options.Timeout, UpstreamConnections.VersionOf(upstream.Route));

    private readonly ForwarderRequestConfig _streamConfig = Config(Endless, UpstreamConnections.VersionOf(upstream.Route));

    private readonly AccessLog? _log = logs.Of(options.AccessLog);

    private readonly BodyLimit _bodyLimit = new(options.MaxBodyBytes);

    private readonly RetryBudget _budget = new(options.Retry.BudgetPercent, time);

    public Upstream Upstream => upstream;

    public ListenProtocol Listens => options.Listens;

    /// <summary>Watches over the requests that wait for an answer.</summary>
    public HangWatch Hangs { get; } = new(upstream, new HttpPing(upstream.Route, connections, options.Login), time);

    /// <summary>Gives the service a rest; null where it never gets one.</summary>
    public CircuitBreaker? Breaker { get; } = options.Breaker is { } breaker ? new CircuitBreaker(upstream.Route.Name, breaker, state.Degraded($"breaker of route {upstream.Route.Name}", CircuitBreaker.Remedy), time, logger) : null;

    /// <summary>What it keeps of its answers; null for nothing.</summary>
    public ResponseCache? Cache { get; } = options.Cache is { } cache ? new ResponseCache(upstream, options, cache, time, logger) : null;

    private string Name => upstream.Route.Name;

    public async Task ServeAsync(HttpContext context)
    {
        using var trace = TraceContext.Of(context, Name, options.Context, isLogged: _log != null);
        if (trace.IsTold) context.Features.Set(trace);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }) context.Request.Body = new CallerBody(context.Request.BodyReader, options.MaxBodyBytes);
        var counted = _log?.Begin(context);
        if (HttpMethods.IsConnect(context.Request.Method)) await FailAsync(context, ConnectMethod);
        else if (Framing.FaultOf(context.Request) is { } broken) await HangUpAsync(context, broken);
        else if (_bodyLimit.Refuse(context) is { } tooLarge) await HangUpAsync(context, tooLarge);
        else if (options.Rules?.Refuse(context) is { } refusal) await DenyAsync(context, refusal);
        else if (Cache != null) await Cache.ServeAsync(context, trace, this);
        else await AskAsync(context, trace, visit: null);

        metrics.Requested(Name, GrpcCalls.CountedStatus(context));
        trace.EndRequest(context.Response.StatusCode);
        if (counted != null) _log!.Write(context, Name, trace, counted);
    }

    /// <summary>Asks the service, with retries and all.</summary>
    public Task AskAsync(HttpContext context, TraceContext trace, CacheVisit? visit) =>
        Breaker != null ? AskUnlessBrokenAsync(context, trace, visit, Breaker) : EnterAsync(context, trace, visit);

    /// <summary>Whether it is about something that is silent by nature for as long as nothing happens.</summary>
    public static bool IsStream(HttpRequest request) =>
        GrpcCalls.Is(request) || request.Headers.ContainsKey("Upgrade") || request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static ForwarderRequestConfig Config(TimeSpan silence, Version version) =>
        new() { ActivityTimeout = silence, Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private ForwarderRequestConfig ConfigOf(HttpRequest request) => GrpcCalls.Is(request) ? GrpcConfig : IsStream(request) ? _streamConfig : _config;

    private ReplayBody? Watch(HttpContext context, bool mayRepeat)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return null;
        var length = context.Request.ContentLength ?? 0;
        var limit = mayRepeat && options.Retry.Retries > 0 && length <= options.Retry.BufferBytes ? options.Retry.BufferBytes : 0;
        var body = new ReplayBody(context.Request.Body, limit, expected: (int)Math.Min(length, limit));
        context.Request.Body = body;
        return body;
    }

    private async Task AskUnlessBrokenAsync(HttpContext context, TraceContext trace, CacheVisit? visit, CircuitBreaker breaker)
    {
        if (breaker.Enter(out var isTrial) is { } refusal)
        {
            await FailAsync(context, refusal, visit);
            return;
        }

        bool? isGood = null;
        try
        {
            isGood = await EnterAsync(context, trace, visit);
        }
        finally
        {
            breaker.Ended(isTrial, isGood);
        }
    }

    // Each of these says whether the service answered as it should; null when the request says nothing of it.
    private Task<bool?> EnterAsync(HttpContext context, TraceContext trace, CacheVisit? visit) =>
        gate.IsOpen ? ForwardAsync(context, trace, visit) : ForwardThroughGateAsync(context, trace, visit);

    private async Task<bool?> ForwardThroughGateAsync(HttpContext context, TraceContext trace, CacheVisit? visit)
    {
        var (lease, refusal) = await gate.EnterAsync(context.RequestAborted);
        using var atTheEnd = lease;
        if (refusal == null) return await ForwardAsync(context, trace, visit);
        await FailAsync(context, refusal, visit);
        return null;
    }

    private async Task<bool?> ForwardAsync(HttpContext context, TraceContext trace, CacheVisit? visit)
    {
        if (!upstream.Resolved.IsCompleted)
            await Task.WhenAny(upstream.Resolved, Task.Delay(Dial.Patience, time, context.RequestAborted));

        _budget.Requested();
        var mayRepeat = SafeMethods.MayRepeat(context.Request);
        var body = Watch(context, mayRepeat);
        var key = options.HashOn?.KeyOf(context.Request);
        try
        {
            return await TryAllAsync(new Asked(context, trace, visit, body, mayRepeat, key, options.Canary?.Takes(context.Request, key) == true, time.GetTimestamp()));
        }
        finally
        {
            body?.Release();
        }
    }

    private async Task<bool?> TryAllAsync(Asked asked)
    {
        var (context, body) = (asked.Context, asked.Body);
        var tried = default(TriedEndpoints);
        var sentAgain = 0;
        TryEnd last = default;
        while (true)
        {
            if (NextEndpoint(tried, last.Outcome, asked) is not { } endpoint)
            {
                if (last.Outcome != TryOutcome.NotConnected || !await IsWorthWaitingAsync(asked.Began, context.RequestAborted)) break;
                tried = default;
                continue;
            }

            if (tried.Count > 0) metrics.Retried(Name, last.Reason);
            var mayMove = asked.MayRepeat && sentAgain < options.Retry.Retries;
            using var attempt = NewAttempt(asked, endpoint, body, mayMove, tried);
            tried.Add(endpoint);
            if (mayMove && HedgeAfter(asked) is { } patience)
            {
                (last, var second) = await RaceAsync(asked, attempt, patience, tried, last.Outcome);
                if (second != null) tried.Add(second);
                if (second != null) sentAgain++;
            }
            else
            {
                last = await TryAsync(context, attempt, asked, last.Outcome);
            }

            if (last is { Outcome: TryOutcome.CallerFailed, Withheld: { } fault } && !context.Response.HasStarted) await HangUpAsync(context, fault);
            if (last.Outcome is TryOutcome.Answered or TryOutcome.CallerFailed) return last.Outcome == TryOutcome.Answered ? !BadAnswer.Is(last.Attempt!.Status) : null;
            if (last.Withheld != null || IsOver(asked.Began)) break;
            if (last.Outcome == TryOutcome.NotConnected) continue;
            if (!asked.MayRepeat || body is { CanReplay: false } || ++sentAgain > options.Retry.Retries) break;

            // Those that are taken from a hung endpoint are as many as were there; they are no storm.
            if (last.Outcome != TryOutcome.Hung && !_budget.HasRoom) break;
            _budget.Take();
            body?.Rewind();
            if (sentAgain > 1) await Task.Delay(BackOff.After(sentAgain), time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await FailAsync(context, last.Withheld ?? last.FailureFor(upstream, time.GetElapsedTime(asked.Began)), asked.Visit);
        if (context.RequestAborted.IsCancellationRequested) return null;
        return last.Withheld is { } withheld && !BadAnswer.Is(withheld.Status);
    }

    private Attempt NewAttempt(in Asked asked, Endpoint endpoint, ReplayBody? body, bool mayMove, TriedEndpoints tried, HttpContext? caller = null)
    {
        var attempt = new Attempt(upstream, options, endpoint, asked.Trace, time, body, _budget, mayMove, tried, asked.Visit) { Caller = caller };
        attempt.Limit(LimitOfTry(asked.Began));
        return attempt;
    }

    // Nobody waits for what is refreshed in the background.
    private TimeSpan? HedgeAfter(in Asked asked) =>
        options.Hedge is { } hedge && !IsStream(asked.Context.Request) && asked.Visit is not { IsInBackground: true } ? hedge.After(Hangs.Times) : null;

    /// <summary>Tries, and when that takes long asks another endpoint as well: the caller has whichever answers first.</summary>
    private async Task<(TryEnd End, Endpoint? Second)> RaceAsync(Asked asked, Attempt first, TimeSpan patience, TriedEndpoints tried, TryOutcome before)
    {
        var caller = asked.Context;
        var firstEnd = TryAsync(caller, first, asked, before);
        await ((Task)firstEnd).WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (firstEnd.IsCompleted || first.AnsweredAfter != null || !_budget.HasRoom || asked.Body is { Whole: null }
            || upstream.Choose(tried, asked.Key, asked.IsForCanary) is not { Health.IsHealthy: true } endpoint)
        {
            return (await firstEnd, null);
        }

        using var second = NewAttempt(asked, endpoint, body: null, mayMove: true, tried, caller);
        var race = new Race(first, firstEnd, second);
        if (!second.TryJoin(race) || !first.TryJoin(race)) return (await firstEnd, null);

        _budget.Take();
        var secondEnd = TryAsync(ShadowRequest.Beside(caller, asked.Body?.Whole ?? default), second, asked, TryOutcome.Outpaced);
        await Task.WhenAll(firstEnd, secondEnd);
        metrics.Hedged(Name, race.Winner == second);
        var isSecond = race.Winner == null ? (await firstEnd).Outcome == TryOutcome.NotConnected : race.Winner == second;
        return (await (isSecond ? secondEnd : firstEnd), endpoint);
    }

    // Nothing of the last try was sent, so an outage can be waited out, if the user wants that rather than an error.
    private async Task<bool> IsWorthWaitingAsync(long began, CancellationToken cancellation)
    {
        if (time.GetElapsedTime(began) >= options.QueueTimeout || IsOver(began)) return false;
        await Task.WhenAny(upstream.NextRiseAsync(), Task.Delay(LookAgain, time, cancellation));
        return !cancellation.IsCancellationRequested;
    }

    // A lone endpoint that broke an idle connection under the request is asked again: it is most likely sound.
    private Endpoint? NextEndpoint(in TriedEndpoints tried, TryOutcome last, in Asked asked) =>
        upstream.Choose(tried, asked.Key, asked.IsForCanary) ?? (last == TryOutcome.Lost ? upstream.Choose(default, asked.Key, asked.IsForCanary) : null);

    private bool IsOver(long began) => options.Retry.Deadline > TimeSpan.Zero && time.GetElapsedTime(began) >= options.Retry.Deadline;

    private TimeSpan LimitOfTry(long began)
    {
        var (ofTry, ofAll) = (options.Retry.TryTimeout, options.Retry.Deadline);
        if (ofAll > TimeSpan.Zero)
        {
            var left = ofAll - time.GetElapsedTime(began);
            if (left < TimeSpan.Zero) left = TimeSpan.Zero;
            if (ofTry == TimeSpan.Zero || left < ofTry) return left;
        }

        return ofTry > TimeSpan.Zero ? ofTry : Timeout.InfiniteTimeSpan;
    }

    private async Task<TryEnd> TryAsync(HttpContext context, Attempt attempt, Asked asked, TryOutcome before)
    {
        var endpoint = attempt.Endpoint;
        var config = ConfigOf(context.Request);
        asked.Trace.BeginTry(upstream, attempt, before);
        endpoint.Begin();
        Hangs.Sent(attempt);
        try
        {
            var error = await forwarder.SendAsync(context, UpstreamConnections.Prefix(endpoint), connections.Requests, config, attempt, attempt.Left);
            if (attempt.AnsweredAfter is { } after) metrics.UpstreamAnswered(Name, after);
            var exception = error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception;
            var outcome = attempt.Outcome(error, exception);
            if (error == ForwarderError.None && outcome == TryOutcome.Answered) asked.Visit?.AnswerEnded();

            // The forwarder leaves a status there, its own or one that we held back, and takes no answer for unanswered that has one.
            if (!context.Response.HasStarted && outcome is not (TryOutcome.Answered or TryOutcome.CallerFailed)) context.Response.StatusCode = StatusCodes.Status200OK;
            if (error != ForwarderError.None) context.Features.Set<IForwarderErrorFeature>(null);
            asked.Trace.EndTry(outcome, attempt);
            var failure = Attempt.FindConnectFailure(exception);
            if (failure != null) upstream.ConnectFailed(endpoint, failure.Message);
            else if (outcome == TryOutcome.CallerFailed && _bodyLimit.FaultOf(exception, attempt.IsLeftByCaller) is { } fault) return new TryEnd(outcome, attempt, null, fault);
            else Judge(attempt, outcome);
            return new TryEnd(outcome, attempt, failure, attempt.Withheld);
        }
        finally
        {
            Hangs.Ended(attempt);
            endpoint.End();
            attempt.LeaveRace();
        }
    }

    // What a try says of its endpoint, and of whose fault it was when it is over now. A caller that left says nothing of the endpoint.
    private void Judge(Attempt attempt, TryOutcome outcome)
    {
        if (outcome == TryOutcome.CallerFailed)
            metrics.Faulted(Name, FaultOrigin.App);
        else if (outcome == TryOutcome.Answered && attempt.IsError)
            metrics.Faulted(Name, attempt.IsDeeper ? FaultOrigin.Deeper : FaultOrigin.Endpoint);

        if (BadAnswer.Is(attempt.Status))
            upstream.AnsweredBadly(attempt.Endpoint, $"answered {attempt.Status}", attempt.RetryAfter);
        else if (outcome == TryOutcome.Malformed)
            upstream.AnsweredBadly(attempt.Endpoint, "the answer could not be read as HTTP", retryAfter: null);
        else if (attempt.AnsweredAfter != null)
            upstream.AnsweredWell(attempt.Endpoint);
        else if (outcome == TryOutcome.Lost)
            upstream.AnsweredBadly(attempt.Endpoint, "the connection broke before an answer", retryAfter: null);
        else if (outcome == TryOutcome.TimedOut)
            upstream.AnsweredBadly(attempt.Endpoint, "no answer in time", retryAfter: null);
    }

    // What is left of the body is in nobody's interest.
    private Task HangUpAsync(HttpContext context, Failure failure)
    {
        Closing.Tell(context);
        return FailAsync(context, failure);
    }

    private Task DenyAsync(HttpContext context, Failure refusal)
    {
        metrics.Denied(Name);
        return FailAsync(context, refusal);
    }

    private Task FailAsync(HttpContext context, Failure failure, CacheVisit? visit = null)
    {
        metrics.Faulted(Name, failure.Origin);
        context.Features.Get<TraceContext>()?.Failed(failure);
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return OwnAnswer.WriteAsync(context, Name, failure);
        if (visit?.StandsInFor(failure.Status) == true) return visit.StandInAsync(failure);
        if (options.Fallback?.Replaces(context.Request, failure.Status) == true) return options.Fallback.WriteAsync(context, Name, failure);
        return OwnAnswer.WriteAsync(context, Name, failure);
    }

    /// <summary>A request and what is known of it before the first try.</summary>
    private readonly record struct Asked(
        HttpContext Context, TraceContext Trace, CacheVisit? Visit, ReplayBody? Body, bool MayRepeat, ulong? Key, bool IsForCanary, long Began);
}
