using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>The short answers that the ambassador itself gives when no endpoint could.</summary>
internal static class OwnAnswer
{
    private const string SecondsUntilRetry = "1";

    public static Task WriteAsync(HttpContext context, int status, string route, string reason)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        response.Clear();
        response.StatusCode = status;
        response.ContentType = "text/plain; charset=utf-8";
        if (status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = SecondsUntilRetry;
        var body = System.Text.Encoding.UTF8.GetBytes($"sidecar-ambassador: route '{route}': {reason}\n");
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
