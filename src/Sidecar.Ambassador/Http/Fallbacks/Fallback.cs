using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Retries;
using Sidecar.Ambassador.Http.Telling;

namespace Sidecar.Ambassador.Http.Fallbacks;

/// <summary>The answer that the user wrote for when the service has none: it can't be reached, is silent, or says that it can't serve.</summary>
/// <param name="body">Null for none.</param>
internal sealed class Fallback(int status, FollowedFile? body, string contentType)
{
    public int Status => status;

    /// <summary>
    /// Whether it takes the place of an error. Who wanted to change something is never told that it went well, and a stream of
    /// events or a WebSocket can't be stood in for.
    /// </summary>
    public bool Replaces(HttpRequest request, int error) =>
        BadAnswer.Is(error) && !HttpRoute.IsStream(request)
        && (status >= StatusCodes.Status400BadRequest || HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method));

    public Task WriteAsync(HttpContext context, string route, Failure failure)
    {
        var response = context.Response;
        var content = body?.Content ?? [];
        response.StatusCode = status;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        response.Headers["x-request-id"] = TraceContext.RequestIdOf(context);
        ProxyStatus.Add(response.Headers, route, failure);
        if (status == StatusCodes.Status204NoContent) return Task.CompletedTask;

        response.ContentLength = content.Length;
        if (content.Length == 0) return Task.CompletedTask;
        response.ContentType = contentType;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(content, CancellationToken.None).AsTask();
    }
}
