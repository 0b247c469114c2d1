using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Retries;
using Sidecar.Ambassador.Upstreams;
using Endpoint = Sidecar.Ambassador.Upstreams.Endpoint;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>
/// The W3C trace that a request belongs to, and what is to be told of it. While spans are recorded, the request's and each try's
/// stand in the trace; else an incoming context goes on as it came, and a request without one begins a trace.
/// </summary>
internal sealed class TraceContext : IDisposable
{
    public const string SourceName = "Sidecar.Ambassador";
    public const string RequestId = "x-request-id";

    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Activity? _request;
    private readonly string? _begun;

    private TraceContext(Activity? request, string? begun, ContextHeaders? context, bool isLogged)
    {
        _request = request;
        _begun = begun;
        Context = context;
        IsTold = isLogged || request != null;
    }

    /// <summary>Whether anybody will read what is kept here.</summary>
    public bool IsTold { get; }

    public ContextHeaders? Context { get; }

    public int Tries { get; private set; }

    /// <summary>The endpoint of the last try; null when there was none.</summary>
    public Endpoint? Endpoint { get; private set; }

    /// <summary>Why that one; null unless somebody reads it.</summary>
    public string? Why { get; private set; }

    /// <summary>How long it took until its answer began; null when none did.</summary>
    public TimeSpan? AnsweredAfter { get; private set; }

    /// <summary>What the route's cache did; null where it has none, or nothing came of it.</summary>
    public CacheResult? Cached { get; set; }

    /// <summary>Whose fault it was; null when all went well.</summary>
    public FaultOrigin? Fault { get; private set; }

    /// <summary>What the caller was told of it; null when the answer was not ours.</summary>
    public string? FaultWords { get; private set; }

    public static TraceContext Of(HttpContext context, string route, ContextHeaders? told = null, bool isLogged = false)
    {
        var headers = context.Request.Headers;
        // It goes on with the others.
        if (StringValues.IsNullOrEmpty(headers[RequestId])) headers[RequestId] = Guid.NewGuid().ToString("N");
        var hasParent = ActivityContext.TryParse(headers[TraceParent], headers[TraceState], isRemote: true, out var parent);
        if (!Source.HasListeners())
        {
            // Sampled: a callee that obeys its caller would never record a trace that we begin unsampled.
            var begun = hasParent ? null : $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";
            return new TraceContext(request: null, begun, told, isLogged);
        }

        var request = Source.StartActivity(context.Request.Method, ActivityKind.Server, parent);
        if (request != null) Describe(request, context, route, told);
        return new TraceContext(
            request, request == null && !hasParent ? $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00" : null, told, isLogged);
    }

    public static string RequestIdOf(HttpContext context) => context.Request.Headers[RequestId].ToString();

    /// <summary>As 32 hexadecimal digits.</summary>
    public string TraceId(IHeaderDictionary headers) =>
        _request?.TraceId.ToHexString() ?? (_begun ?? headers[TraceParent].ToString()) switch { { Length: >= 35 } text => text[3..35], _ => "" };

    public void BeginTry(Upstream upstream, Attempt attempt, TryOutcome before)
    {
        var number = Tries++;
        if (!IsTold) return;

        var endpoint = attempt.Endpoint;
        var why = upstream.WhyChosen(endpoint);
        attempt.Why = attempt.Caller != null ? $"{why}, beside a slow try" : number == 0 ? why : $"{why}, after {Text(before)}";
        if (_request == null) return;
        var span = attempt.Span = Source.StartActivity("try", ActivityKind.Client, _request.Context);
        span?.SetTag("server.address", endpoint.Origin.Host);
        span?.SetTag("server.port", endpoint.Origin.Port);
        span?.SetTag("network.peer.address", endpoint.Address.Address.ToString());
        span?.SetTag("http.request.resend_count", number);
        span?.SetTag("sidecar.endpoint.why", attempt.Why);
    }

    public void EndTry(TryOutcome outcome, Attempt attempt)
    {
        if (outcome != TryOutcome.Outpaced)
        {
            (Endpoint, Why, AnsweredAfter) = (attempt.Endpoint, attempt.Why, attempt.AnsweredAfter);
            Fault = outcome switch
            {
                TryOutcome.CallerFailed => FaultOrigin.App,
                TryOutcome.Answered when attempt.IsError => attempt.IsDeeper ? FaultOrigin.Deeper : FaultOrigin.Endpoint,
                _ => null,
            };
        }

        if (attempt.Span is not { } span) return;
        if (attempt.Status != 0) span.SetTag("http.response.status_code", attempt.Status);
        if (outcome == TryOutcome.Outpaced) span.SetTag("sidecar.outpaced", value: true);
        else if (outcome != TryOutcome.Answered) span.SetTag("error.type", Text(outcome)).SetStatus(ActivityStatusCode.Error, Text(outcome));
        span.Dispose();
    }

    /// <summary>The answer is ours.</summary>
    public void Failed(Failure failure)
    {
        Fault = failure.Origin;
        FaultWords = failure.Words;
    }

    public void EndRequest(int status)
    {
        if (_request == null) return;
        _request.SetTag("http.response.status_code", status);
        if (Cached is { } cached) _request.SetTag("sidecar.cache", cached.Text());
        if (Fault is { } fault) _request.SetTag("sidecar.fault", fault.Text());
        if (status >= StatusCodes.Status500InternalServerError) _request.SetTag("error.type", status.ToString(System.Globalization.CultureInfo.InvariantCulture)).SetStatus(ActivityStatusCode.Error, FaultWords);
    }

    /// <summary>Replaces what was copied from the caller, unless that is to go on as it is.</summary>
    public void WriteTo(HttpRequestHeaders headers, Activity? span)
    {
        var current = span ?? _request;
        if (current?.Id == null && _begun == null) return;

        headers.Remove(TraceParent);
        headers.TryAddWithoutValidation(TraceParent, current?.Id ?? _begun);
        if (current != null) return;

        // A state without a valid parent belongs to nothing.
        headers.Remove(TraceState);
    }

    public void Dispose() => _request?.Dispose();

    private static void Describe(Activity request, HttpContext context, string route, ContextHeaders? told)
    {
        var path = RequestTarget.PathOf(context);
        request.SetTag("http.request.method", context.Request.Method);
        request.SetTag("url.scheme", "http");
        request.SetTag("url.path", path);
        request.SetTag("sidecar.route", route);
        request.SetTag("sidecar.request_id", RequestIdOf(context));
        for (var i = 0; i < (told?.Count ?? 0); i++)
        {
            if (told!.Value(i, context.Request.Headers) is { } value) request.SetTag($"http.request.header.{told.Name(i)}", new[] { value });
        }
    }

    private static string Text(TryOutcome outcome) => outcome switch
    {
        TryOutcome.NotConnected => "no connection",
        TryOutcome.Lost => "a broken connection",
        TryOutcome.Malformed => "a malformed answer",
        TryOutcome.Refused => "an error answer",
        TryOutcome.TimedOut => "no answer in time",
        TryOutcome.Hung => "a hang",
        TryOutcome.Outpaced => "a faster one",
        TryOutcome.CallerFailed => "the caller left",
        _ => "an answer",
    };
}
