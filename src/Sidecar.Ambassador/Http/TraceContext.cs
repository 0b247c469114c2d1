using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Retries;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// The W3C trace that a request belongs to. While spans are recorded, the request's and each try's stand in the trace; else an
/// incoming context goes on as it came, and a request without one begins a trace.
/// </summary>
internal sealed class TraceContext : IDisposable
{
    public const string SourceName = "Sidecar.Ambassador";

    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Activity? _request;
    private readonly string? _begun;
    private Activity? _try;

    private TraceContext(Activity? request, string? begun)
    {
        _request = request;
        _begun = begun;
    }

    public static TraceContext Of(HttpContext context, string route)
    {
        var headers = context.Request.Headers;
        var hasParent = ActivityContext.TryParse(headers[TraceParent], headers[TraceState], isRemote: true, out var parent);
        if (!Source.HasListeners())
        {
            // Sampled: a callee that obeys its caller would never record a trace that we begin unsampled.
            var begun = hasParent ? null : $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01";
            return new TraceContext(request: null, begun);
        }

        var request = Source.StartActivity(context.Request.Method, ActivityKind.Server, parent);
        request?.SetTag("http.request.method", context.Request.Method);
        request?.SetTag("sidecar.route", route);
        return new TraceContext(request, request == null && !hasParent ? $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00" : null);
    }

    public void BeginTry(string endpoint, int number)
    {
        if (_request == null) return;
        _try = Source.StartActivity("try", ActivityKind.Client, _request.Context);
        _try?.SetTag("server.address", endpoint);
        _try?.SetTag("http.request.resend_count", number);
    }

    public void EndTry(TryOutcome outcome)
    {
        if (outcome != TryOutcome.Answered) _try?.SetStatus(ActivityStatusCode.Error, outcome.ToString());
        _try?.Dispose();
        _try = null;
    }

    public void EndRequest(int status)
    {
        _request?.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError) _request?.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Replaces what was copied from the caller, unless that is to go on as it is.</summary>
    public void WriteTo(HttpRequestHeaders headers)
    {
        var current = _try ?? _request;
        if (current?.Id == null && _begun == null) return;

        headers.Remove(TraceParent);
        headers.TryAddWithoutValidation(TraceParent, current?.Id ?? _begun);
        if (current != null) return;

        // A state without a valid parent belongs to nothing.
        headers.Remove(TraceState);
    }

    public void Dispose() => _request?.Dispose();
}
