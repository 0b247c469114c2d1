using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Http;

/// <summary>Tells a caller that its connection ends. Nothing that is under way on it is cut.</summary>
internal static class Closing
{
    /// <summary>Behind this answer, of which something is left that nobody wants. With HTTP/2 that concerns no other answer.</summary>
    public static void Tell(HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)) context.Response.OnStarting(SetHeaderAsync, context.Response);
    }

    /// <summary>Because we are leaving: behind this answer, and with HTTP/2 (GOAWAY) behind all that are under way.</summary>
    public static void SendAway(HttpContext context)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol)) context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        else Tell(context);
    }

    // At the last moment: what makes the answer may begin it anew.
    private static Task SetHeaderAsync(object response)
    {
        ((HttpResponse)response).Headers.Connection = "close";
        return Task.CompletedTask;
    }
}
