using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Redis;

/// Serves all Redis routes, from the start until the drain: then no new commands are taken, and those under way are answered.
internal sealed partial class RedisListeners : IHostedService, IDisposable
{
    private readonly Func<Route, IReadOnlyList<Socket>> _socketsOf;
    private readonly Drain _drain;
    private readonly ILogger<RedisListeners> _logger;
    private readonly List<(Route Route, RedisListener Listener)> _routes = [];

    public RedisListeners(
        IReadOnlyList<(Route Route, RedisRoute Redis, RedisOptions Options)> routes, Func<Route, IReadOnlyList<Socket>> socketsOf, Loops loops, Drain drain,
        AgentState state, TimeProvider time, ILoggerFactory loggers)
    {
        (_socketsOf, _drain, _logger) = (socketsOf, drain, loggers.CreateLogger<RedisListeners>());
        foreach (var (route, redis, options) in routes)
        {
            var trouble = state.Degraded(
                $"redis {route.Name}",
                "Look whether a master runs, can be reached from this pod, and takes the password (_PASSWORD_FILE). Commands wait for _QUEUE_TIMEOUT and go on by themselves.");
            _routes.Add((route, new RedisListener(redis, options, loops, time, loggers) { Upstream = Show }));

            void Show(string? reason)
            {
                if (reason is null)
                    trouble.End();
                else
                    trouble.Begin(reason);
            }
        }
        if (_routes.Count > 0)
            Show(state);
    }

    public IReadOnlyList<RedisListener> All => [.. _routes.Select(served => served.Listener)];

    private void Show(AgentState state)
    {
        state.Rate("Redis commands", "", () => Sum(static counters => Volatile.Read(ref counters.Commands)));
        state.Level("Redis clients", "", () => Sum(static counters => Volatile.Read(ref counters.Clients)));
        state.Level("Redis commands that wait", "", () => Sum(static counters => Volatile.Read(ref counters.Waiting)));
        state.Section("redis", () => new JsonArray([.. _routes.Select(served => served.Listener.Status())]), new StatusTable(
            "Redis routes",
            new StatusColumn("route", "Route"),
            new StatusColumn("upstream", "Upstream", StatusForm.Trouble),
            new StatusColumn("address", "Server", StatusForm.Code),
            new StatusColumn("since", "Connected", StatusForm.Ago),
            new StatusColumn("clients", "Clients"),
            new StatusColumn("waiting", "Waiting"),
            new StatusColumn("failovers", "Failovers")));
    }

    private long Sum(Func<RedisCounters, long> counter) => _routes.Sum(served => counter(served.Listener.Counters));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (route, listener) in _routes)
        {
            listener.Start(_socketsOf(route));
            Log.Serving(_logger, route);
        }
        if (_routes.Count > 0)
            _drain.OnDrain("redis", StopAsync);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_routes.Select(served => served.Listener.StopAsync(cancellationToken)));

    public void Dispose()
    {
        foreach (var (_, listener) in _routes)
            listener.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(2500, LogLevel.Information, "Serving {Route}.")]
        public static partial void Serving(ILogger logger, Route route);
    }
}
