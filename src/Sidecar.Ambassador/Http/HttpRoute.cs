using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Ambassador.Http.Hangs;
using Sidecar.Ambassador.Http.Retries;
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
    Upstream upstream, HttpOptions options, UpstreamConnections connections, IHttpForwarder forwarder, AmbassadorMetrics metrics, TimeProvider time)
{
    private static readonly RetrySchedule BackOff = new(TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(250), Random.Shared.NextDouble);

    // YARP has no "never"; a socket that says nothing for a day is gone.
    private static readonly ForwarderRequestConfig Endless = Config(TimeSpan.FromDays(1));

    private readonly ForwarderRequestConfig _config = options.Timeout == TimeSpan.Zero ? Endless : Config(options.Timeout);

    private readonly RetryBudget _budget = new(options.Retry.BudgetPercent, time);

    public Upstream Upstream => upstream;

    /// <summary>Watches over the requests that wait for an answer.</summary>
    public HangWatch Hangs { get; } = new(upstream, new HttpPing(upstream.Route, connections), time);

    private string Name => upstream.Route.Name;

    public async Task ServeAsync(HttpContext context)
    {
        using var trace = TraceContext.Of(context, Name);
        if (HttpMethods.IsConnect(context.Request.Method))
            await OwnAnswer.WriteAsync(context, StatusCodes.Status501NotImplemented, Name, "CONNECT is not served: give the app the route's address as the service's");
        else
            await ForwardAsync(context, trace);

        metrics.Requested(Name, context.Response.StatusCode);
        trace.EndRequest(context.Response.StatusCode);
    }

    private static ForwarderRequestConfig Config(TimeSpan silence) =>
        new() { ActivityTimeout = silence, Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private ReplayBody? Watch(HttpContext context, bool mayRepeat)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return null;
        var length = context.Request.ContentLength ?? 0;
        var limit = mayRepeat && options.Retry.Retries > 0 && length <= options.Retry.BufferBytes ? options.Retry.BufferBytes : 0;
        var body = new ReplayBody(context.Request.Body, limit, expected: (int)Math.Min(length, limit));
        context.Request.Body = body;
        return body;
    }

    private async Task ForwardAsync(HttpContext context, TraceContext trace)
    {
        if (!upstream.Resolved.IsCompleted)
            await Task.WhenAny(upstream.Resolved, Task.Delay(Dial.Patience, time, context.RequestAborted));

        _budget.Requested();
        var mayRepeat = SafeMethods.MayRepeat(context.Request);
        var body = Watch(context, mayRepeat);
        try
        {
            await TryAllAsync(context, trace, body, mayRepeat);
        }
        finally
        {
            body?.Release();
        }
    }

    private async Task TryAllAsync(HttpContext context, TraceContext trace, ReplayBody? body, bool mayRepeat)
    {
        var began = time.GetTimestamp();
        var tried = default(TriedEndpoints);
        var sentAgain = 0;
        var last = TryOutcome.NotConnected;
        string? reason = null;
        while (NextEndpoint(tried, last) is { } endpoint)
        {
            if (tried.Count > 0) metrics.Retried(Name, ReasonOf(last));
            var mayMove = mayRepeat && sentAgain < options.Retry.Retries && upstream.HasOtherHealthy(endpoint, tried);
            using var attempt = new Attempt(upstream.Route, options, endpoint, trace, time, body, _budget, mayMove);
            attempt.Limit(LimitOfTry(began));
            trace.BeginTry(endpoint.Origin.Host, tried.Count);
            (last, reason) = await TryAsync(context, attempt);
            trace.EndTry(last);
            if (last is TryOutcome.Answered or TryOutcome.CallerFailed) return;

            tried.Add(endpoint);
            if (IsOver(began)) break;
            if (last == TryOutcome.NotConnected) continue;
            if (!mayRepeat || body is { CanReplay: false } || ++sentAgain > options.Retry.Retries) break;

            // Those that are taken from a hung endpoint are as many as were there; they are no storm.
            if (last != TryOutcome.Hung && !_budget.HasRoom) break;
            _budget.Take();
            body?.Rewind();
            if (sentAgain > 1) await Task.Delay(BackOff.After(sentAgain), time, context.RequestAborted);
        }

        await AnswerAsync(context, last, reason, began);
    }

    // A lone endpoint that broke an idle connection under the request is asked again: it is most likely sound.
    private Endpoint? NextEndpoint(in TriedEndpoints tried, TryOutcome last) =>
        upstream.Choose(tried) ?? (last == TryOutcome.Lost ? upstream.Choose(default) : null);

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

    private async Task<(TryOutcome Outcome, string? Reason)> TryAsync(HttpContext context, Attempt attempt)
    {
        var endpoint = attempt.Endpoint;
        var config = IsStream(context.Request) ? Endless : _config;
        endpoint.Begin();
        Hangs.Sent(attempt);
        try
        {
            var error = await forwarder.SendAsync(context, UpstreamConnections.Prefix(endpoint), connections.Requests, config, attempt, attempt.Left);
            if (attempt.AnsweredAfter is { } after) metrics.UpstreamAnswered(Name, after);
            var exception = error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception;
            var outcome = attempt.Outcome(error, exception);

            // The forwarder leaves a status there, its own or one that we held back, and takes no answer for unanswered that has one.
            if (!context.Response.HasStarted && (error != ForwarderError.None || outcome != TryOutcome.Answered)) context.Response.StatusCode = StatusCodes.Status200OK;
            if (error != ForwarderError.None) context.Features.Set<IForwarderErrorFeature>(null);
            var failure = Attempt.FindConnectFailure(exception);
            if (failure != null) upstream.ConnectFailed(endpoint, failure.Message);
            else Judge(attempt, outcome);
            return (outcome, failure?.Message);
        }
        finally
        {
            Hangs.Ended(attempt);
            endpoint.End();
        }
    }

    // What a try says of its endpoint. A caller that left says nothing.
    private void Judge(Attempt attempt, TryOutcome outcome)
    {
        if (BadAnswer.Is(attempt.Status))
            upstream.AnsweredBadly(attempt.Endpoint, $"answered {attempt.Status}", attempt.RetryAfter);
        else if (attempt.AnsweredAfter != null)
            attempt.Endpoint.Answered();
        else if (outcome == TryOutcome.Lost)
            upstream.AnsweredBadly(attempt.Endpoint, "the connection broke before an answer", retryAfter: null);
        else if (outcome == TryOutcome.TimedOut)
            upstream.AnsweredBadly(attempt.Endpoint, "no answer in time", retryAfter: null);
    }

    private Task AnswerAsync(HttpContext context, TryOutcome last, string? reason, long began)
    {
        var (status, words) = last switch
        {
            TryOutcome.TimedOut or TryOutcome.Hung => (StatusCodes.Status504GatewayTimeout, $"no answer began within {time.GetElapsedTime(began).TotalSeconds:0.#} s"),
            TryOutcome.Lost => (StatusCodes.Status502BadGateway, "the connection broke before an answer began"),
            _ => (StatusCodes.Status503ServiceUnavailable, $"no endpoint can be reached: {reason ?? upstream.WhyNone()}"),
        };
        return OwnAnswer.WriteAsync(context, status, Name, words);
    }

    private static RetryReason ReasonOf(TryOutcome outcome) => outcome switch
    {
        TryOutcome.NotConnected => RetryReason.Connect,
        TryOutcome.Refused => RetryReason.Status,
        TryOutcome.TimedOut => RetryReason.Timeout,
        TryOutcome.Hung => RetryReason.Hang,
        _ => RetryReason.Reset,
    };

    // These are silent by nature for as long as nothing happens.
    private static bool IsStream(HttpRequest request) =>
        request.Headers.ContainsKey("Upgrade") || request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
