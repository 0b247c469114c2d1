using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Ambassador.Upstreams;
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
    // YARP has no "never"; a socket that says nothing for a day is gone.
    private static readonly ForwarderRequestConfig Endless = Config(TimeSpan.FromDays(1));

    private readonly ForwarderRequestConfig _config = options.Timeout == TimeSpan.Zero ? Endless : Config(options.Timeout);

    public Upstream Upstream => upstream;

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

    /// <summary>Asks for the health path as a check; null when the answer is well.</summary>
    public async Task<string?> CheckAsync(string path, Endpoint endpoint, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{endpoint.Address}{path}");
        request.Headers.Host = UpstreamConnections.Authority(upstream.Route, endpoint);
        request.Headers.TryAddWithoutValidation("User-Agent", "sidecar-ambassador");
        request.Options.Set(UpstreamConnections.EndpointKey, endpoint);
        try
        {
            using var response = await connections.Checks.SendAsync(request, cancellation);
            var status = (int)response.StatusCode;
            return status is >= StatusCodes.Status200OK and < StatusCodes.Status400BadRequest ? null : $"health check answered {status}";
        }
        catch (HttpRequestException e)
        {
            return Attempt.FindConnectFailure(e)?.Message ?? "the health check's connection broke";
        }
    }

    private static ForwarderRequestConfig Config(TimeSpan silence) =>
        new() { ActivityTimeout = silence, Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static WatchedBody? Watch(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return null;
        var body = new WatchedBody(context.Request.Body);
        context.Request.Body = body;
        return body;
    }

    private async Task ForwardAsync(HttpContext context, TraceContext trace)
    {
        if (!upstream.Resolved.IsCompleted)
            await Task.WhenAny(upstream.Resolved, Task.Delay(Dial.Patience, time, context.RequestAborted));

        var body = Watch(context);
        var isIdempotent = SafeMethods.IsIdempotent(context.Request.Method);
        var tried = default(TriedEndpoints);
        var sent = 0;
        var last = TryOutcome.NotConnected;
        string? reason = null;
        while (true)
        {
            // A lone endpoint that broke an idle connection under the request is asked again: it is most likely sound.
            var endpoint = upstream.Choose(tried) ?? (last == TryOutcome.Lost ? upstream.Choose(default) : null);
            if (endpoint == null) break;

            if (tried.Count > 0) metrics.Retried(Name, ReasonOf(last));
            var mayRefuse = isIdempotent && sent < options.Retries && upstream.HasOtherHealthy(endpoint, tried);
            var attempt = new Attempt(upstream.Route, options, endpoint, trace, time, mayRefuse ? body : null, mayRefuse);
            trace.BeginTry(endpoint.Origin.Host, tried.Count);
            (last, reason) = await TryAsync(context, endpoint, attempt);
            trace.EndTry(last);
            if (last is TryOutcome.Answered or TryOutcome.CallerFailed) return;

            tried.Add(endpoint);
            if (last == TryOutcome.NotConnected) continue;
            if (last == TryOutcome.TimedOut || !isIdempotent || body is { WasRead: true } || ++sent > options.Retries) break;
        }

        await AnswerAsync(context, last, reason);
    }

    private async Task<(TryOutcome Outcome, string? Reason)> TryAsync(HttpContext context, Endpoint endpoint, Attempt attempt)
    {
        var config = IsStream(context.Request) ? Endless : _config;
        endpoint.Begin();
        try
        {
            var error = await forwarder.SendAsync(context, UpstreamConnections.Prefix(endpoint), connections.Requests, config, attempt);
            if (attempt.AnsweredAfter is { } after)
            {
                endpoint.Worked();
                metrics.UpstreamAnswered(Name, after);
            }

            // The forwarder leaves a status there, its own or one that we held back, and takes no answer for unanswered that has one.
            if (!context.Response.HasStarted && (error != ForwarderError.None || attempt.WasRefused)) context.Response.StatusCode = StatusCodes.Status200OK;
            if (error == ForwarderError.None) return (attempt.Outcome(error, exception: null), null);
            var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
            context.Features.Set<IForwarderErrorFeature>(null);
            var failure = Attempt.FindConnectFailure(exception);
            if (failure != null) upstream.ConnectFailed(endpoint, failure.Message);
            return (attempt.Outcome(error, exception), failure?.Message);
        }
        finally
        {
            endpoint.End();
        }
    }

    private Task AnswerAsync(HttpContext context, TryOutcome last, string? reason)
    {
        var (status, words) = last switch
        {
            TryOutcome.TimedOut => (StatusCodes.Status504GatewayTimeout, $"the endpoint was silent for {options.Timeout.TotalSeconds:0.###} s"),
            TryOutcome.Lost => (StatusCodes.Status502BadGateway, "the connection broke before an answer began"),
            _ => (StatusCodes.Status503ServiceUnavailable, $"no endpoint can be reached: {reason ?? upstream.WhyNone()}"),
        };
        return OwnAnswer.WriteAsync(context, status, Name, words);
    }

    private static RetryReason ReasonOf(TryOutcome outcome) => outcome switch
    {
        TryOutcome.NotConnected => RetryReason.Connect,
        TryOutcome.Refused => RetryReason.Status,
        _ => RetryReason.Reset,
    };

    // These are silent by nature for as long as nothing happens.
    private static bool IsStream(HttpRequest request) =>
        request.Headers.ContainsKey("Upgrade") || request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
