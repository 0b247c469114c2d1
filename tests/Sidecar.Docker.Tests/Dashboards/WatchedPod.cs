using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.Docker.Tests.Dashboards;

/// The three agents at work, with some of what goes wrong at times, and a Prometheus that scrapes them and has our rules.
public sealed class WatchedPod : IAsyncLifetime
{
    private readonly TempVolume _volume = new();
    private readonly List<IAsyncDisposable> _running = [];
    private readonly HttpClient _client = new();
    private readonly int _web = FreePort.Next();
    private readonly int _cache = FreePort.Next();
    private readonly int _database = FreePort.Next();
    private readonly int _nowhere = FreePort.Next();
    private readonly int _prometheus = FreePort.Next();

    /// Why nothing runs, where something is missing.
    public string? Trouble { get; private set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await ShortProgram.RunAsync("prometheus", _volume.Root, ["--version"], Cancellation) is null)
        {
            Trouble = "prometheus is not on this machine (apt: prometheus)";
            return;
        }

        var redis = Kept(await RedisServer.StartAsync());
        _volume.Append("app/orders.log", "INFO an order came in\n");
        var plugin = _volume.Write("check_queue", "#!/bin/sh\necho 'QUEUE OK|length=3'\n");
        File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var logs = Kept(await SidecarProcess.StartReadyAsync("sidecar-logs", AgentSettings.Least("sidecar-logs", _volume), Cancellation));
        var adapter = Kept(await SidecarProcess.StartReadyAsync("sidecar-adapter", new Dictionary<string, string>
        {
            ["ADAPTER_INTERVAL"] = "500ms",
            ["ADAPTER_TIMEOUT"] = "500ms",
            ["ADAPTER_PROBE_QUEUE"] = $"exec:{plugin}",
            ["ADAPTER_PROBE_QUEUE_EXIT"] = "nagios",
            ["ADAPTER_PROBE_QUEUE_INTERVAL"] = "5s",
            ["ADAPTER_PROBE_QUEUE_TIMEOUT"] = "5s",
            ["ADAPTER_PROBE_GONE"] = $"tcp://127.0.0.1:{_nowhere}",
            ["ADAPTER_METRICS_POD"] = "auto",
        }, Cancellation));
        var ambassador = Kept(await SidecarProcess.StartReadyAsync("sidecar-ambassador", new Dictionary<string, string>
        {
            // The one says 503 to /health/ready, the other 404: what is asked there is tried again.
            ["AMBASSADOR_ROUTE_WEB"] = $"http://{adapter.AdminAddress.Authority},{logs.AdminAddress.Authority}",
            ["AMBASSADOR_ROUTE_WEB_LISTEN"] = Text(_web),
            ["AMBASSADOR_ROUTE_WEB_BALANCE"] = "round-robin",
            ["AMBASSADOR_ROUTE_WEB_PATHS"] = "/",
            ["AMBASSADOR_ROUTE_WEB_DENY"] = "* /control/**",
            ["AMBASSADOR_ROUTE_WEB_CACHE"] = "1MiB",
            ["AMBASSADOR_ROUTE_WEB_BREAKER"] = "90",
            ["AMBASSADOR_ROUTE_WEB_HEDGE"] = "1ms",
            ["AMBASSADOR_ROUTE_AWAY"] = $"http://127.0.0.1:{_nowhere}",
            ["AMBASSADOR_ROUTE_AWAY_LISTEN"] = Text(_web),
            ["AMBASSADOR_ROUTE_AWAY_PATHS"] = "/away",
            ["AMBASSADOR_ROUTE_CACHE"] = $"redis://{redis.Address}",
            ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = Text(_cache),
            ["AMBASSADOR_ROUTE_DB"] = $"tcp://{redis.Address}",
            ["AMBASSADOR_ROUTE_DB_LISTEN"] = Text(_database),
            ["AMBASSADOR_ROUTE_LOST"] = $"tcp://127.0.0.1:{_nowhere}",
            ["AMBASSADOR_ROUTE_LOST_LISTEN"] = $"unix:{_volume.PathOf("lost")}",
        }, Cancellation));
        var config = _volume.Write("prometheus.yaml", $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ['{{Path.Combine(Dashboards.Folder, Dashboards.Rules)}}']
            scrape_configs:
              - job_name: sidecar-logs
                static_configs: [ { targets: ['{{logs.AdminAddress.Authority}}'] } ]
              - job_name: sidecar-ambassador
                static_configs: [ { targets: ['{{ambassador.AdminAddress.Authority}}'] } ]
              - job_name: sidecar-adapter
                honor_labels: true
                static_configs: [ { targets: ['{{adapter.AdminAddress.Authority}}'] } ]
            """);
        Kept(ChildProcess.Start("prometheus", [$"--config.file={config}", $"--storage.tsdb.path={_volume.PathOf("data")}", $"--web.listen-address=127.0.0.1:{Text(_prometheus)}"]));
    }

    /// Some calls of the app, and some that go wrong.
    public async Task CallAsync()
    {
        foreach (var path in (string[])["/livez", "/metrics", "/health/ready", "/health/ready", "/control/drain", "/away"])
            (await _client.GetAsync(new Uri($"http://127.0.0.1:{Text(_web)}{path}"), Cancellation)).Dispose();
        foreach (var port in (int[])[_cache, _database])
        {
            await using var redis = await RedisWire.ConnectAsync(port);
            await redis.CallAsync("SET", "order", "7");
            await redis.CallAsync("GET", "order");
        }
        using var lost = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await lost.ConnectAsync(new UnixDomainSocketEndPoint(_volume.PathOf("lost")), Cancellation);
        _volume.Append("app/orders.log", "INFO another order came in\n");
    }

    /// How many series a query gives, 0 while Prometheus does not answer yet.
    public async Task<int> CountAsync(string query)
    {
        if (await AskAsync($"query?query={Uri.EscapeDataString(query)}") is not { } data)
            return 0;

        Assert.True(data.TryGetProperty("data", out var found), $"{query}: {data}");
        return found.GetProperty("result").GetArrayLength();
    }

    /// Every name of a series that Prometheus has seen.
    public async Task<IReadOnlySet<string>> NamesAsync() =>
        await AskAsync("label/__name__/values") is { } names ? names.GetProperty("data").EnumerateArray().Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal) : [];

    public async ValueTask DisposeAsync()
    {
        _running.Reverse();
        foreach (var one in _running)
            await one.DisposeAsync();
        _client.Dispose();
        _volume.Dispose();
    }

    private async Task<JsonElement?> AskAsync(string what)
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri($"http://127.0.0.1:{Text(_prometheus)}/api/v1/{what}"), Cancellation);
            var body = await answer.Content.ReadAsStringAsync(Cancellation);
            return body.StartsWith('{') ? JsonDocument.Parse(body).RootElement : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private T Kept<T>(T one)
        where T : IAsyncDisposable
    {
        _running.Add(one);
        return one;
    }
}
