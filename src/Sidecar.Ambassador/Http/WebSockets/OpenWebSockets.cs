using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Http.WebSockets;

/// <summary>All WebSockets that go through now, so that their apps can be told when we leave.</summary>
internal sealed class OpenWebSockets
{
    private readonly ConcurrentDictionary<OpenWebSocket, bool> _open = [];

    /// <summary>If the request becomes a WebSocket, it is one of them.</summary>
    public void Watch(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade) context.Features.Set<IHttpUpgradeFeature>(new Watched(upgrade, this));
    }

    /// <summary>Tells each app. One that does not take it is no reason to wait for others.</summary>
    public Task SayGoodbyeAsync(Loops loops, CancellationToken cancellation) =>
        Task.WhenAll(_open.Keys.Select(socket => loops.RunScopedAsync("close a WebSocket", socket.SayGoodbyeAsync, cancellation)));

    private sealed class Watched(IHttpUpgradeFeature inner, OpenWebSockets all) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync()
        {
            var socket = new OpenWebSocket(await inner.UpgradeAsync(), closed => all._open.TryRemove(closed, out _));
            all._open[socket] = true;
            return socket;
        }
    }
}
