using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Sidecar.Ambassador.Http;

/// <summary>
/// Where Kestrel's connections come from: the routes' own sockets, and an end point where nobody ever arrives. Kestrel makes what serves
/// HTTP/2 only for an end point, and connections are handed to that one by the others.
/// </summary>
internal sealed class RouteTransport(IConnectionListenerFactory sockets) : IConnectionListenerFactory
{
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        endpoint is Nowhere ? new(new SilentListener(endpoint)) : sockets.BindAsync(endpoint, cancellationToken);

    internal sealed class Nowhere : EndPoint
    {
        public static readonly Nowhere Instance = new();

        public override string ToString() => "HTTP/2 on the routes' listeners";
    }

    private sealed class SilentListener(EndPoint endPoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endPoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_end.Task);

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

        public ValueTask DisposeAsync()
        {
            _end.TrySetResult(null);
            return ValueTask.CompletedTask;
        }
    }
}
