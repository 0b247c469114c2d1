using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Ambassador.Http.WebSockets;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Joins Kestrel to the routes without the rest of ASP.NET: each connection carries the route of the listener that it came from.
/// </summary>
internal sealed class HttpRequests(OpenWebSockets webSockets, AgentState state) : IHttpApplication<DefaultHttpContext>
{
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> container) return new DefaultHttpContext(contextFeatures);
        if (container.HostContext is not { } context) return container.HostContext = new DefaultHttpContext(contextFeatures);

        context.Initialize(contextFeatures);
        return context;
    }

    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        webSockets.Watch(context);

        // The app may go on for a while; the fewer connections it has when we leave the better.
        if (state.IsLeaving) Closing.SendAway(context);
        return context.Features.GetRequiredFeature<IServesRequests>().ServeAsync(context);
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
}
