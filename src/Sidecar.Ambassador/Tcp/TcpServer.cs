using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Tcp;

/// <summary>Accepts the connections of all TCP routes, until the drain; open ones may go on until its deadline.</summary>
internal sealed partial class TcpServer(
    IReadOnlyList<TcpRoute> routes, RouteListeners listeners, Loops loops, Drain drain, ILogger<TcpServer> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _accepting = new();
    private readonly CancellationTokenSource _open = new();
    private Task _loops = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loops = Task.WhenAll(
            from route in routes
            from socket in listeners.Of(route.Upstream.Route)
            select loops.RunAsync(
                $"accept {route.Upstream.Route.Name}", token => route.AcceptAsync(socket, token, _open.Token), maxSilence: null, _accepting.Token));
        if (routes.Count > 0) drain.OnDrain("tcp", DrainAsync);
        foreach (var route in routes) Log.Serving(logger, route.Upstream.Route);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await StopAcceptingAsync();
        await _open.CancelAsync();
        foreach (var route in routes) await route.WhenAllClosedAsync(cancellationToken);
    }

    public void Dispose()
    {
        _accepting.Dispose();
        _open.Dispose();
    }

    private async Task DrainAsync(CancellationToken deadline)
    {
        await StopAcceptingAsync();
        foreach (var route in routes) await route.WhenAllClosedAsync(deadline);
    }

    private async Task StopAcceptingAsync()
    {
        await _accepting.CancelAsync();
        await _loops;

        // Closed, so that a late client is refused and goes elsewhere instead of waiting in the backlog.
        foreach (var socket in routes.SelectMany(route => listeners.Of(route.Upstream.Route))) socket.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(2302, LogLevel.Information, "Serving {Route}.")]
        public static partial void Serving(ILogger logger, Route route);
    }
}
