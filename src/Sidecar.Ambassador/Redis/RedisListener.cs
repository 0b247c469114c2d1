using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Ambassador.Redis.Sentinel;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Redis;

/// One Redis route at work: the engine on its thread, and who tells it where the upstream is.
internal sealed class RedisListener : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(10);

    private readonly RedisRoute _route;
    private readonly Loops _loops;
    private readonly TimeProvider _time;
    private readonly RedisEngine _engine;
    private readonly IUpstreamLocator _locator;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loopsEnd = Task.CompletedTask;
    private Task? _stopped;
    private bool _hasStarted;
    private string? _since;
    private string? _movedAt;
    private ServerAddress? _target;

    public RedisListener(RedisRoute route, RedisOptions options, Loops loops, TimeProvider time, ILoggerFactory loggers)
    {
        _route = route;
        _loops = loops;
        _time = time;
        var logger = loggers.CreateLogger<RedisListener>();
        _engine = new RedisEngine(route, options, time, logger) { Suspect = reason => _locator!.Suspect(reason), Upstream = reason => Upstream(reason) };
        _locator = route switch
        {
            { IsSentinel: true } => new SentinelWatch(route, Found, Handover, Trouble, _engine.Insight.Flight, loops, time, logger),
            { IsCluster: true } => Watch(route),
            _ => new ServerLocator(route, Found, Trouble, time),
        };
    }

    /// Told when the shared connection is lost (why) and when it is there again (null).
    public Action<string?> Upstream { get; init; } = _ => { };

    public RedisCounters Counters => _engine.Counters;

    public LatencyCounts Latency => _engine.Insight.Latency;

    public string Name => _route.Name;

    /// Takes over sockets that listen already.
    public void Start(IReadOnlyList<Socket> listeners)
    {
        _engine.Listen(listeners);
        _hasStarted = true;
        var thread = new Thread(Run) { IsBackground = true, Name = $"redis {_route.Name}" };
        thread.Start();
        _loopsEnd = Task.WhenAll(
            _loops.RunAsync($"redis {_route.Name}", BeatAsync, MaxSilence, _stopping.Token),
            _loops.RunAsync($"redis upstream {_route.Name}", _locator.TurnAsync, maxSilence: null, _stopping.Token));
    }

    /// No new requests; what is under way is answered until the token says that time is up. One that never started, because what came
    /// before it failed, has nothing to end.
    public Task StopAsync(CancellationToken deadline)
    {
        lock (_stopping)
            return _stopped ??= _hasStarted ? StopOnceAsync(deadline) : Task.CompletedTask;
    }

    /// How much of what is under way is held in memory; what the buffers of the kernel hold is not counted.
    public long BytesHeld() => _engine.Buffers.Rented;

    public long MostBytesHeld() => _engine.Buffers.MostRented;

    public JsonNode Status() => new JsonObject
    {
        ["route"] = _route.Name,
        ["upstream"] = Trouble() ?? "connected",
        ["address"] = _target?.ToString(),
        ["since"] = _since,
        ["moved_at"] = _movedAt,
        ["nodes"] = Nodes(),
        ["clients"] = Volatile.Read(ref Counters.Clients),
        ["own_connections"] = _engine.OwnLinks,
        ["commands"] = Volatile.Read(ref Counters.Commands),
        ["held"] = Volatile.Read(ref Counters.Held),
        ["replayed"] = Volatile.Read(ref Counters.Replayed),
        ["fate_unknown"] = Volatile.Read(ref Counters.FateUnknown),
        ["failovers"] = Volatile.Read(ref Counters.Failovers),
        ["waiting"] = Volatile.Read(ref Counters.Waiting),
        ["latency"] = _engine.Insight.Latency.Show(),
        ["slow"] = _engine.Insight.Slow.Show(),
        ["events"] = _engine.Insight.Flight.Show(),
    };

    public void Dispose()
    {
        _stopping.Dispose();
        _locator.Dispose();
    }

    private string? Trouble()
    {
        if (_engine.Cluster is not { } cluster)
            return _engine.Lane.IsReady ? null : _engine.Lane.Trouble;
        return cluster.Status is { Masters.Count: > 0 } known ? known.Trouble : _engine.TargetTrouble;
    }

    private JsonArray? Nodes() => _engine.Cluster is not { } cluster
        ? null
        : [.. cluster.Status.Masters.Select(static JsonNode (node) => new JsonObject { ["address"] = node.Address, ["slots"] = node.Slots, ["upstream"] = node.Trouble ?? "connected" })];

    private async Task StopOnceAsync(CancellationToken deadline)
    {
        _engine.Post(_engine.Stop);
        try
        {
            await _ended.Task.WaitAsync(deadline);
        }
        catch (OperationCanceledException)
        {
            // Time is up: whoever is still there is cut off.
        }
        await _stopping.CancelAsync();
        _engine.Post(static () => { });
        await _loopsEnd;
        await _ended.Task;
    }

    private void Run()
    {
        try
        {
            _engine.Run(_stopping.Token);
            _engine.Dispose();
            _ended.SetResult();
        }
        catch (Exception unexpected)
        {
            _ended.SetException(unexpected);
        }
    }

    // Tells /livez that the thread is alive, and brings what ended it to where it ends the process.
    private async Task BeatAsync(CancellationToken stopping)
    {
        var beat = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Post(beat.SetResult);
        await (await Task.WhenAny(beat.Task, _ended.Task)).WaitAsync(stopping);
        await Task.Delay(Beat, _time, stopping);
    }

    private void Found(ServerAddress target) => _engine.Post(() =>
    {
        if (!target.EndPoint.Equals(_target?.EndPoint))
        {
            _since = _time.GetUtcNow().ToString("O");
            _movedAt = _target is null ? null : _since;
        }
        _target = target;
        _engine.SetTarget(target);
    });

    private void Handover(bool isAnnounced) => _engine.Post(() => _engine.SetHandover(isAnnounced));

    private ClusterWatch Watch(RedisRoute route)
    {
        var watch = new ClusterWatch(route, layout => _engine.Post(() => _engine.Cluster!.Apply(layout)), Trouble, _time);
        _engine.Cluster!.Refresh = watch.Ask;
        _engine.Cluster.LoggedIn = watch.LogIn;
        return watch;
    }

    private void Trouble(string? trouble) => _engine.Post(() => _engine.SetTargetTrouble(trouble));
}
