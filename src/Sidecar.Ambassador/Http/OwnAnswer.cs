using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Faults;
using Sidecar.Ambassador.Http.Telling;

namespace Sidecar.Ambassador.Http;

/// <summary>The short answers that the ambassador itself gives when no endpoint could.</summary>
internal static class OwnAnswer
{
    public static Task WriteAsync(HttpContext context, string route, Failure failure)
    {
        var response = context.Response;
        if (response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        response.Clear();
        if (failure.RetryAfter is { } wait) response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        response.Headers["x-request-id"] = TraceContext.RequestIdOf(context);
        ProxyStatus.Add(response.Headers, route, failure);
        var words = $"sidecar-ambassador: route '{route}': {failure.Words}";
        if (GrpcCalls.Is(context.Request))
        {
            GrpcCalls.Answer(context, failure, words);
            return Task.CompletedTask;
        }

        response.StatusCode = failure.Status;
        response.ContentType = "text/plain; charset=utf-8";
        var body = System.Text.Encoding.UTF8.GetBytes($"{words}\n");
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
