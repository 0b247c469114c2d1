using System.Globalization;
using Sidecar.Browser.Tests;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

[assembly: AssemblyFixture(typeof(ThreeAgents))]

namespace Sidecar.Browser.Tests;

/// The three agents at work, and not all is well: hostile names, long names, and something down. Tests only look at them.
public sealed class ThreeAgents : IAsyncLifetime
{
    private readonly TempVolume _volume = new();
    private readonly Dictionary<string, SidecarProcess> _agents = [];
    private RedisServer? _redis;

    public static TheoryData<string> All => ["sidecar-logs", "sidecar-ambassador", "sidecar-adapter"];

    /// Who is said to be well or not: here the app is not, which the adapter asks.
    public static string SubjectOf(string agent) => agent == "sidecar-adapter" ? "The app" : agent;

    public Uri AddressOf(string agent) => _agents[agent].AdminAddress;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        SidecarProcess[] agents = await Task.WhenAll(StartLogsAsync(), StartAmbassadorAsync(_redis), StartAdapterAsync());
        foreach (var agent in agents)
            _agents[agent.Process.Name] = agent;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents.Values)
            await agent.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        _volume.Dispose();
    }

    private async Task<SidecarProcess> StartLogsAsync()
    {
        _volume.Write($"app/{Hostile.Text}.log", "one\n");
        _volume.Write($"app/{new string('l', 200)}.log", "one\n");
        var agent = await SidecarProcess.StartReadyAsync(
            "sidecar-logs",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
                ["LOGS_DESTINATION"] = $"file:{_volume.PathOf("shipped.log")}",
                ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
            },
            CancellationToken.None);
        await Eventually.TrueAsync(() => File.Exists(_volume.PathOf("shipped.log")));
        return agent;
    }

    private static async Task<SidecarProcess> StartAmbassadorAsync(RedisServer redis)
    {
        var listen = FreePort.Next();
        var agent = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_CACHE"] = $"redis://{redis.Address}",
                ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = Text(listen),
                ["AMBASSADOR_ROUTE_CACHE_SLOW_AFTER"] = "5ms",
                ["AMBASSADOR_ROUTE_DB"] = $"tcp://127.0.0.1:{FreePort.Next()}",
                ["AMBASSADOR_ROUTE_DB_LISTEN"] = Text(FreePort.Next()),
                ["AMBASSADOR_ROUTE_WEB"] = $"http://127.0.0.1:{FreePort.Next()}",
                ["AMBASSADOR_ROUTE_WEB_LISTEN"] = Text(FreePort.Next()),
            },
            CancellationToken.None);
        await using var client = await RedisWire.ConnectAsync(listen);
        await client.CallAsync("EVAL", "for i = 1, 1e7 do end", "1", Hostile.Key);
        return agent;
    }

    private async Task<SidecarProcess> StartAdapterAsync() => await SidecarProcess.StartReadyAsync(
        "sidecar-adapter",
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ADAPTER_PROBE_SAYS"] = $"exec:/bin/cat {_volume.Write("says", Hostile.Text)}",
            ["ADAPTER_PROBE_BEAT"] = $"file:{_volume.PathOf("beat")}",
            ["ADAPTER_PROBE_SAYS_INTERVAL"] = "500ms",
            ["ADAPTER_PROBE_BEAT_INTERVAL"] = "500ms",
        },
        CancellationToken.None);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
