using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Yarp.ReverseProxy.Forwarder;
using Endpoint = Sidecar.Ambassador.Upstreams.Endpoint;

namespace Sidecar.Ambassador.Http;

/// <summary>One try of one request on one endpoint: what is changed on the way there and back.</summary>
/// <param name="body">What of the request was not sent when the answer came can be sent to another endpoint.</param>
/// <param name="mayRefuse">Whether there is another endpoint to ask when this one can't serve.</param>
internal sealed class Attempt(
    Route route, HttpOptions options, Endpoint endpoint, TraceContext trace, TimeProvider time, WatchedBody? body, bool mayRefuse) : HttpTransformer
{
    // The target goes on byte for byte: whoever signed it must find it unchanged.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>The endpoint's status was held back from the caller, so that another one can be asked.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>How long the endpoint took until its answer began; null when none did.</summary>
    public TimeSpan? AnsweredAfter { get; private set; }

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        HopByHop.Remove(httpContext.Request.Headers.Connection, proxyRequest);
        proxyRequest.RequestUri = new Uri(destinationPrefix + Target(httpContext), AsWritten);
        proxyRequest.Headers.Host = options.PreserveHost ? httpContext.Request.Host.Value : UpstreamConnections.Authority(route, endpoint);
        proxyRequest.Options.Set(UpstreamConnections.EndpointKey, endpoint);
        trace.WriteTo(proxyRequest.Headers);
        if (route.Credentials is { } credentials && StringValues.IsNullOrEmpty(httpContext.Request.Headers.Authorization))
            proxyRequest.Headers.TryAddWithoutValidation("Authorization", BasicAuth.Header(credentials));
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse != null) AnsweredAfter = time.GetElapsedTime(_startedAt);
        if (mayRefuse && body is not { WasRead: true } && (int?)proxyResponse?.StatusCode is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable
                or StatusCodes.Status504GatewayTimeout)
        {
            WasRefused = true;
            return false;
        }

        var copiesBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse?.Headers.NonValidated.TryGetValues("Connection", out var connection) == true)
            HopByHop.Remove(new StringValues([.. connection]), httpContext.Response.Headers);
        return copiesBody;
    }

    public TryOutcome Outcome(ForwarderError error, Exception? exception)
    {
        if (WasRefused) return TryOutcome.Refused;
        return error switch
        {
            ForwarderError.None => TryOutcome.Answered,
            _ when AnsweredAfter != null => TryOutcome.Answered,
            ForwarderError.Request when FindConnectFailure(exception) != null => TryOutcome.NotConnected,
            ForwarderError.RequestTimedOut => TryOutcome.TimedOut,
            ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient => TryOutcome.CallerFailed,
            _ => TryOutcome.Lost,
        };
    }

    public static ConnectFailure? FindConnectFailure(Exception? exception)
    {
        for (var e = exception; e != null; e = e.InnerException)
        {
            if (e is ConnectFailure failure) return failure;
        }

        return null;
    }

    private static string Target(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw.StartsWith('/')) return raw;

        // Absolute form, as sent to a proxy, or the "*" of OPTIONS.
        return Uri.TryCreate(raw, AsWritten, out var uri) && uri.IsAbsoluteUri ? uri.PathAndQuery : "/";
    }
}
