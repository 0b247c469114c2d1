using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Tcp;

/// <summary>
/// Serves the connections of one TCP route: each is led to the first endpoint that can be connected to, and reset when there is
/// none. Nothing is cut for being silent.
/// </summary>
internal sealed partial class TcpRoute(
    Upstream upstream, AmbassadorMetrics metrics, Loops loops, TimeProvider time, ILogger<TcpRoute> logger)
{
    private readonly HashSet<Task> _open = [];
    private readonly Lock _lock = new();
    private readonly Action<int> _sent = bytes => metrics.Moved(upstream.Route.Name, isToUpstream: true, bytes);
    private readonly Action<int> _received = bytes => metrics.Moved(upstream.Route.Name, isToUpstream: false, bytes);

    public Upstream Upstream => upstream;

    /// <summary>One turn of an accept loop. <paramref name="cut"/> ends what is still open when the drain's time is over.</summary>
    public async Task AcceptAsync(Socket listener, CancellationToken stopping, CancellationToken cut)
    {
        var client = await listener.AcceptAsync(stopping);
        var serving = loops.RunScopedAsync($"connection of route {upstream.Route.Name}", token => ServeAsync(client, token), cut);
        lock (_lock)
        {
            if (!serving.IsCompleted) _open.Add(serving);
        }

        _ = ForgetAsync(serving);
    }

    public async Task WhenAllClosedAsync(CancellationToken deadline)
    {
        Task[] open;
        lock (_lock) open = [.. _open];
        await Task.WhenAll(open).WaitAsync(deadline);
    }

    private async Task ForgetAsync(Task serving)
    {
        await serving;
        lock (_lock) _open.Remove(serving);
    }

    private async Task ServeAsync(Socket client, CancellationToken cut)
    {
        using var closing = client;
        metrics.ConnectionOpened(upstream.Route.Name);
        var isWhole = false;
        try
        {
            Dial.Tune(client);
            if (await ConnectAsync(cut) is not var (endpoint, socket))
            {
                metrics.ConnectionFailed(upstream.Route.Name);
                Log.NoEndpoint(logger, upstream.Route.Name, upstream.WhyNone());
                return;
            }

            using var closingToo = socket;
            endpoint.Begin();
            try
            {
                var splice = new Splice(client, socket, _sent, _received);
                isWhole = await splice.RunAsync(cut);
                if (!isWhole) Reset(socket);
            }
            finally
            {
                endpoint.End();
            }
        }
        finally
        {
            if (!isWhole) Reset(client);
            metrics.ConnectionClosed(upstream.Route.Name);
        }
    }

    private async Task<(Endpoint Endpoint, Socket Socket)?> ConnectAsync(CancellationToken cancellation)
    {
        if (!upstream.Resolved.IsCompleted) await Task.WhenAny(upstream.Resolved, Task.Delay(Dial.Patience, time, cancellation));
        var tried = default(TriedEndpoints);
        while (upstream.Choose(tried) is { } endpoint)
        {
            if (tried.Count > 0) metrics.Retried(upstream.Route.Name, RetryReason.Connect);
            try
            {
                var socket = await Dial.ConnectAsync(endpoint.Address, time, cancellation);
                endpoint.Worked();
                return (endpoint, socket);
            }
            catch (ConnectFailure e)
            {
                upstream.ConnectFailed(endpoint, e.Message);
                tried.Add(endpoint);
            }
        }

        return null;
    }

    // Whoever is reset knows that the bytes did not all arrive; an orderly end would look like the end of an answer.
    private static void Reset(Socket socket)
    {
        if (socket.ProtocolType == ProtocolType.Tcp) socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Warning, "Route '{Route}': a connection was reset, since no endpoint could be connected to ({Reason}).")]
        public static partial void NoEndpoint(ILogger logger, string route, string reason);
    }
}
