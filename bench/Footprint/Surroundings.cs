using System.Globalization;
using System.Net;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Redis;

namespace Footprint;

/// What the agents work with while they are measured: a log folder, CloudWatch, Redis, a web server.
internal sealed class Surroundings : IAsyncDisposable
{
    private const int Pieces = 200;

    private readonly TempVolume _volume = new();
    private readonly HttpListener _web = new();
    private readonly CloudWatchStandIn _cloudWatch;
    private readonly RedisServer _redis;
    private readonly int _redisPort = FreePort.Next();
    private readonly int _servicePort = FreePort.Next();
    private readonly int _webPort = FreePort.Next();

    private Surroundings(CloudWatchStandIn cloudWatch, RedisServer redis)
    {
        (_cloudWatch, _redis) = (cloudWatch, redis);
        _web.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{_webPort}/"));
        _web.Start();
        new Thread(Serve) { IsBackground = true }.Start();
        Agents =
        [
            new Agent("sidecar-logs", 64, LogsSettings(), WriteLogsAsync),
            new Agent("sidecar-ambassador", 96, AmbassadorSettings(), CallAsync),
            new Agent("sidecar-adapter", 64, AdapterSettings(), BeatAsync),
        ];
    }

    public IReadOnlyList<Agent> Agents { get; }

    public static async Task<Surroundings> StartAsync() =>
        new(await CloudWatchStandIn.StartAsync(), await RedisServer.StartAsync());

    public async ValueTask DisposeAsync()
    {
        _web.Close();
        await _redis.DisposeAsync();
        await _cloudWatch.DisposeAsync();
        _volume.Dispose();
    }

    private static Dictionary<string, string> ImageSettings(params (string Name, string Value)[] settings)
    {
        // As in the images (docker/).
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_GCgen0size"] = "100000" };
        foreach (var (name, value) in settings)
            all[name] = value;
        return all;
    }

    private Dictionary<string, string> LogsSettings() => ImageSettings(
        ("LOGS_PATHS", _volume.PathOf("app/*.log")),
        ("LOGS_GROUP", "/bench/footprint"),
        ("LOGS_STATE_DIR", _volume.PathOf("state")),
        ("AWS_REGION", _cloudWatch.Region),
        ("AWS_ACCESS_KEY_ID", _cloudWatch.Credentials.AccessKey),
        ("AWS_SECRET_ACCESS_KEY", _cloudWatch.Credentials.SecretKey),
        ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", _cloudWatch.Url.ToString()));

    private Dictionary<string, string> AmbassadorSettings() => ImageSettings(
        ("AMBASSADOR_ROUTE_CACHE", $"redis://{_redis.Address}"),
        ("AMBASSADOR_ROUTE_CACHE_LISTEN", _redisPort.ToString(CultureInfo.InvariantCulture)),
        ("AMBASSADOR_ROUTE_WEB", string.Create(CultureInfo.InvariantCulture, $"http://localhost:{_webPort}")),
        ("AMBASSADOR_ROUTE_WEB_LISTEN", _servicePort.ToString(CultureInfo.InvariantCulture)));

    private Dictionary<string, string> AdapterSettings() => ImageSettings(
        ("ADAPTER_PROBE_WEB", string.Create(CultureInfo.InvariantCulture, $"http://localhost:{_webPort}/health")),
        ("ADAPTER_PROBE_WORKER", $"file:{_volume.PathOf("heartbeat")}"),
        ("ADAPTER_PROBE_WORKER_MAX_AGE", "1h"),
        ("ADAPTER_PROBE_SELF", "process:footprint"),
        ("ADAPTER_INTERVAL", "1s"),
        ("ADAPTER_TIMEOUT", "1s"));

    private async Task WriteLogsAsync(CancellationToken cancellation)
    {
        var stored = _cloudWatch.BatchesStored;
        _volume.Append("app/app.log", string.Concat(Enumerable.Range(0, Pieces).Select(number => $"{number} something happened in the app\n")));
        await Eventually.TrueAsync(() => _cloudWatch.BatchesStored > stored, cancellation: cancellation, what: "a batch is stored");
    }

    private async Task CallAsync(CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{_servicePort}") };
        await using var redis = await RedisWire.ConnectAsync(_redisPort);
        for (var i = 0; i < Pieces; i++)
        {
            await redis.CallAsync("SET", "key", "value");
            await client.GetStringAsync(new Uri("/", UriKind.Relative), cancellation);
        }
    }

    private async Task BeatAsync(CancellationToken cancellation)
    {
        _volume.Write("heartbeat", "alive");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, cancellation);
    }

    private void Serve()
    {
        try
        {
            while (true)
                _web.GetContext().Response.Close("OK\n"u8.ToArray(), willBlock: true);
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            // The measurements are over.
        }
    }
}
