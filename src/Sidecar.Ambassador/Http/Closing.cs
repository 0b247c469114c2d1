using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>Tells a caller that its connection ends behind this answer. HTTP/2 has its own way, which Kestrel goes.</summary>
internal static class Closing
{
    public static void Tell(HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)) context.Response.OnStarting(SetHeaderAsync, context.Response);
    }

    // At the last moment: what makes the answer may begin it anew.
    private static Task SetHeaderAsync(object response)
    {
        ((HttpResponse)response).Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
