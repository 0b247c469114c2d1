using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// A request of our own for what a caller asks, with a context of its own: whatever becomes of it, the caller sees nothing unless
/// it is bound to the caller's response.
/// </summary>
internal static class ShadowRequest
{
    public static DefaultHttpContext Of(HttpContext caller)
    {
        var context = new DefaultHttpContext();
        var (to, from) = (context.Features.GetRequiredFeature<IHttpRequestFeature>(), caller.Features.GetRequiredFeature<IHttpRequestFeature>());
        (to.Method, to.Protocol, to.Scheme, to.Path, to.QueryString, to.RawTarget) = (from.Method, from.Protocol, from.Scheme, from.Path, from.QueryString, from.RawTarget);
        foreach (var header in from.Headers) to.Headers[header.Key] = header.Value;
        return context;
    }

    /// <summary>The same with a body, which ends when the caller leaves.</summary>
    public static DefaultHttpContext Beside(HttpContext caller, ReadOnlyMemory<byte> body)
    {
        var context = Of(caller);
        context.Features.Set(caller.Features.Get<IHttpRequestLifetimeFeature>());
        context.Features.Set(caller.Features.Get<IHttpRequestBodyDetectionFeature>());
        context.Features.Set(caller.Features.Get<IHttpResetFeature>());
        context.Request.Body = new MemoryStream(body.ToArray(), writable: false);
        return context;
    }

    /// <summary>From now on what is said of the answer is said to the caller.</summary>
    public static void BindHead(HttpContext shadow, HttpContext caller, HttpResponseMessage answer)
    {
        var response = caller.Features.GetRequiredFeature<IHttpResponseFeature>();
        shadow.Features.Set(response);
        shadow.Features.Set(caller.Features.Get<IHttpResponseTrailersFeature>());
        response.StatusCode = (int)answer.StatusCode;
        if (!HttpProtocol.IsHttp2(caller.Request.Protocol)) response.ReasonPhrase = answer.ReasonPhrase;
    }

    /// <summary>And its body goes there.</summary>
    public static void BindBody(HttpContext shadow, HttpContext caller) => shadow.Features.Set(caller.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
}
