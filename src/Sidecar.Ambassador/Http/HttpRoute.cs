using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Http.Admission;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Hangs;
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
    Upstream upstream, HttpOptions options, UpstreamConnections connections, Gate gate, IHttpForwarder forwarder, AmbassadorMetrics metrics, AccessLogs logs, TimeProvider time,
    ILogger<HttpRoute> logger)
    : IServesRequests
{
    private static readonly Failure ConnectMethod = new(
        StatusCodes.Status501NotImplemented, ProxyError.HttpRequestError, FaultOrigin.App, "CONNECT is not served: give the app the route's address as the service's");

    private static readonly TimeSpan RetryAfterOutage = TimeSpan.FromSeconds(1);

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
    public CircuitBreaker? Breaker { get; } = options.Breaker is { } breaker ? new CircuitBreaker(upstream.Route.Name, breaker, time, logger) : null;

    /// <summary>What it keeps of its answers; null for nothing.</summary>
    public ResponseCache? Cache { get; } = options.Cache is { } cache ? new ResponseCache(upstream, options, cache, time, logger) : null;

    private string Name => upstream.Route.Name;

    public async Task ServeAsync(HttpContext context)
    {
        using var trace = TraceContext.Of(context, Name, options.Context, isLogged: _log != null);
        if (trace.IsTold) context.Features.Set(trace);
        var counted = _log?.Begin(context);
        if (HttpMethods.IsConnect(context.Request.Method)) await FailAsync(context, ConnectMethod);
        else if (Framing.FaultOf(context.Request) is { } broken) await HangUpAsync(context, broken);
        else if (_bodyLimit.Refuse(context) is { } tooLarge) await HangUpAsync(context, tooLarge);
        else if (options.Rules?.Refuse(context) is { } refusal) await DenyAsync(context, refusal);
        else if (Cache != null) await Cache.ServeAsync(context, trace, this);
        else await AskAsync(context, trace, visit: null);

        metrics.Requested(Name, context.Response.StatusCode);
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
        try
        {
            return await TryAllAsync(context, trace, visit, body, mayRepeat);
        }
        finally
        {
            body?.Release();
        }
    }

    private async Task<bool?> TryAllAsync(HttpContext context, TraceContext trace, CacheVisit? visit, ReplayBody? body, bool mayRepeat)
    {
        var began = time.GetTimestamp();
        var key = options.HashOn?.KeyOf(context.Request);
        var isForCanary = options.Canary?.Takes(context.Request, key) == true;
        var tried = default(TriedEndpoints);
        var sentAgain = 0;
        Ended last = default;
        while (true)
        {
            if (NextEndpoint(tried, last.Outcome, key, isForCanary) is not { } endpoint)
            {
                if (last.Outcome != TryOutcome.NotConnected || !await IsWorthWaitingAsync(began, context.RequestAborted)) break;
                tried = default;
                continue;
            }

            if (tried.Count > 0) metrics.Retried(Name, ReasonOf(last.Outcome));
            var mayMove = mayRepeat && sentAgain < options.Retry.Retries && upstream.HasOtherHealthy(endpoint, tried);
            using var attempt = new Attempt(upstream.Route, options, endpoint, trace, time, body, _budget, mayMove, visit);
            attempt.Limit(LimitOfTry(began));
            trace.BeginTry(upstream, endpoint, last.Outcome);
            last = await TryAsync(context, attempt, visit);
            trace.EndTry(last.Outcome, attempt);
            if (last is { Outcome: TryOutcome.CallerFailed, Withheld: { } fault } && !context.Response.HasStarted) await HangUpAsync(context, fault);
            if (last.Outcome is TryOutcome.Answered or TryOutcome.CallerFailed) return last.Outcome == TryOutcome.Answered ? !BadAnswer.Is(attempt.Status) : null;
            if (last.Withheld != null) break;

            tried.Add(endpoint);
            if (IsOver(began)) break;
            if (last.Outcome == TryOutcome.NotConnected) continue;
            if (!mayRepeat || body is { CanReplay: false } || ++sentAgain > options.Retry.Retries) break;

            // Those that are taken from a hung endpoint are as many as were there; they are no storm.
            if (last.Outcome != TryOutcome.Hung && !_budget.HasRoom) break;
            _budget.Take();
            body?.Rewind();
            if (sentAgain > 1) await Task.Delay(BackOff.After(sentAgain), time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await FailAsync(context, last.Withheld ?? FailureOf(last, time.GetElapsedTime(began)), visit);
        if (context.RequestAborted.IsCancellationRequested) return null;
        return last.Withheld is { } withheld && !BadAnswer.Is(withheld.Status);
    }

    // Nothing of the last try was sent, so an outage can be waited out, if the user wants that rather than an error.
    private async Task<bool> IsWorthWaitingAsync(long began, CancellationToken cancellation)
    {
        if (time.GetElapsedTime(began) >= options.QueueTimeout || IsOver(began)) return false;
        await Task.WhenAny(upstream.NextRiseAsync(), Task.Delay(LookAgain, time, cancellation));
        return !cancellation.IsCancellationRequested;
    }

    // A lone endpoint that broke an idle connection under the request is asked again: it is most likely sound.
    private Endpoint? NextEndpoint(in TriedEndpoints tried, TryOutcome last, ulong? key, bool isForCanary) =>
        upstream.Choose(tried, key, isForCanary) ?? (last == TryOutcome.Lost ? upstream.Choose(default, key, isForCanary) : null);

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

    private async Task<Ended> TryAsync(HttpContext context, Attempt attempt, CacheVisit? visit)
    {
        var endpoint = attempt.Endpoint;
        var config = ConfigOf(context.Request);
        endpoint.Begin();
        Hangs.Sent(attempt);
        try
        {
            var error = await forwarder.SendAsync(context, UpstreamConnections.Prefix(endpoint), connections.Requests, config, attempt, attempt.Left);
            if (error == ForwarderError.None) visit?.AnswerEnded();
            if (attempt.AnsweredAfter is { } after) metrics.UpstreamAnswered(Name, after);
            var exception = error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception;
            var outcome = attempt.Outcome(error, exception);

            // The forwarder leaves a status there, its own or one that we held back, and takes no answer for unanswered that has one.
            if (!context.Response.HasStarted && outcome is not (TryOutcome.Answered or TryOutcome.CallerFailed)) context.Response.StatusCode = StatusCodes.Status200OK;
            if (error != ForwarderError.None) context.Features.Set<IForwarderErrorFeature>(null);
            var failure = Attempt.FindConnectFailure(exception);
            if (failure != null) upstream.ConnectFailed(endpoint, failure.Message);
            else if (outcome == TryOutcome.CallerFailed && _bodyLimit.FaultOf(exception, attempt.IsLeftByCaller) is { } fault) return new Ended(outcome, endpoint, null, fault);
            else Judge(attempt, outcome);
            return new Ended(outcome, endpoint, failure, attempt.Withheld);
        }
        finally
        {
            Hangs.Ended(attempt);
            endpoint.End();
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

    private Failure FailureOf(Ended last, TimeSpan after)
    {
        var endpoint = last.Endpoint?.Origin.ToString();
        switch (last.Outcome)
        {
            case TryOutcome.TimedOut or TryOutcome.Hung:
                return new Failure(
                    StatusCodes.Status504GatewayTimeout, ProxyError.HttpResponseTimeout, FaultOrigin.Endpoint, $"no answer began within {after.TotalSeconds:0.#} s", endpoint);
            case TryOutcome.Lost:
                return new Failure(
                    StatusCodes.Status502BadGateway, ProxyError.ConnectionTerminated, FaultOrigin.Network, "the connection broke before an answer began", endpoint);
            default:
                var words = $"no endpoint can be reached: {last.Failure?.Message ?? upstream.WhyNone()}";
                return new Failure(StatusCodes.Status503ServiceUnavailable, ErrorOf(last.Failure), FaultOrigin.Network, words, endpoint, RetryAfterOutage);
        }
    }

    private ProxyError ErrorOf(ConnectFailure? failure) => failure?.Kind switch
    {
        ConnectFailureKind.Refused => ProxyError.ConnectionRefused,
        ConnectFailureKind.TimedOut => ProxyError.ConnectionTimeout,
        ConnectFailureKind.Certificate => ProxyError.TlsCertificateError,
        ConnectFailureKind.Tls => ProxyError.TlsProtocolError,
        null when upstream.ResolveFailure != null => ProxyError.DnsError,
        _ => ProxyError.DestinationUnavailable,
    };

    private static RetryReason ReasonOf(TryOutcome outcome) => outcome switch
    {
        TryOutcome.NotConnected => RetryReason.Connect,
        TryOutcome.Refused => RetryReason.Status,
        TryOutcome.TimedOut => RetryReason.Timeout,
        TryOutcome.Hung => RetryReason.Hang,
        _ => RetryReason.Reset,
    };

    /// <summary>How the last try ended; at first that there was none.</summary>
    private readonly record struct Ended(TryOutcome Outcome, Endpoint? Endpoint, ConnectFailure? Failure, Failure? Withheld);
}
