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
    Upstream upstream, TcpOptions options, AmbassadorMetrics metrics, Loops loops, TimeProvider time, ILogger<TcpRoute> logger)
{
    // An endpoint may be back before a check has seen it.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<Task> _open = [];
    private readonly SemaphoreSlim? _places = options.MaxConnections > 0 ? new SemaphoreSlim(options.MaxConnections) : null;
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

    private async Task ServeAsync(Socket socket, CancellationToken cut)
    {
        using var client = new Wire(socket);
        metrics.ConnectionOpened(upstream.Route.Name);
        var (isWhole, hasPlace) = (false, false);
        try
        {
            Dial.Tune(socket);
            if (_places != null && !await _places.WaitAsync(options.QueueTimeout, cut))
            {
                metrics.ConnectionFailed(upstream.Route.Name);
                Log.TooMany(logger, upstream.Route.Name, options.MaxConnections);
                return;
            }

            hasPlace = true;
            if (await ConnectAsync(cut) is not { } way)
            {
                metrics.ConnectionFailed(upstream.Route.Name);
                Log.NoEndpoint(logger, upstream.Route.Name, upstream.WhyNone());
                return;
            }

            using var closing = way.Wire;
            way.Endpoint.Begin();
            try
            {
                isWhole = await new Splice(client, way.Wire, _sent, _received).RunAsync(cut, way.Left);
                if (!isWhole) way.Wire.ResetWhenClosed();
            }
            finally
            {
                way.Endpoint.End();
            }

            if (!isWhole && way.Left.IsCancellationRequested) metrics.ConnectionLeft(upstream.Route.Name);
        }
        finally
        {
            if (hasPlace) _places?.Release();
            if (!isWhole) client.ResetWhenClosed();
            metrics.ConnectionClosed(upstream.Route.Name);
        }
    }

    private async Task<Way?> ConnectAsync(CancellationToken cancellation)
    {
        if (!upstream.Resolved.IsCompleted) await Task.WhenAny(upstream.Resolved, Task.Delay(Dial.Patience, time, cancellation));
        var began = time.GetTimestamp();
        var tried = default(TriedEndpoints);
        while (true)
        {
            if (upstream.Choose(tried) is not { } endpoint)
            {
                if (!await IsWorthWaitingAsync(began, cancellation)) return null;
                tried = default;
                continue;
            }

            if (tried.Count > 0) metrics.Retried(upstream.Route.Name, RetryReason.Connect);
            try
            {
                // Taken first: what is found wrong with the endpoint meanwhile counts for this connection too.
                var left = endpoint.Sessions;
                var wire = await Wire.ConnectAsync(endpoint, options.Tls, time, cancellation);
                endpoint.Worked();
                return new Way(endpoint, wire, left);
            }
            catch (ConnectFailure e)
            {
                upstream.ConnectFailed(endpoint, e.Message);
                tried.Add(endpoint);
            }
        }
    }

    // The first connections come while it is still being asked who is who.
    private async Task<bool> IsWorthWaitingAsync(long began, CancellationToken cancellation)
    {
        var patience = upstream.IsUndecided && options.QueueTimeout < Dial.Patience ? Dial.Patience : options.QueueTimeout;
        if (time.GetElapsedTime(began) >= patience) return false;
        await Task.WhenAny(upstream.NextRiseAsync(), Task.Delay(LookAgain, time, cancellation));
        return !cancellation.IsCancellationRequested;
    }

    /// <summary>Where a connection is led to, and what ends when it should leave there.</summary>
    private readonly record struct Way(Endpoint Endpoint, Wire Wire, CancellationToken Left);

    private static partial class Log
    {
        [LoggerMessage(2301, LogLevel.Warning, "Route '{Route}': a connection was reset, since no endpoint could be connected to ({Reason}).")]
        public static partial void NoEndpoint(ILogger logger, string route, string reason);

        [LoggerMessage(2303, LogLevel.Warning, "Route '{Route}': a connection was reset, since {Most} are open (_MAX_CONNECTIONS).")]
        public static partial void TooMany(ILogger logger, string route, int most);
    }
}
