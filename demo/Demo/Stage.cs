using System.Collections.Concurrent;
using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Demo;

/// Everything that runs in the demo. Whatever was started is ended by its id when the stage is cleared, and each id is
/// in a file, so that demo.sh can do it if we can't.
internal sealed class Stage : IAsyncDisposable
{
    public const int HealthFall = 3;
    public const int HealthRise = 1;
    public const string LogGroup = "/demo/shop";

    private static readonly Dictionary<string, int> UsualPort = new(StringComparer.Ordinal) { ["logs"] = 9471, ["ambassador"] = 9472, ["adapter"] = 9473 };

    public static readonly TimeSpan HealthInterval = TimeSpan.FromMilliseconds(500);

    private readonly Narrator _narrator;
    private readonly ConcurrentStack<IAsyncDisposable> _started = new();
    private readonly Lock _idsLock = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly int[] _backendPorts = [FreePort.Next(), FreePort.Next()];
    private readonly int _cloudWatchPort = FreePort.Next();
    private readonly int _redisPort = FreePort.Next();
    private readonly int _servicePort = FreePort.Next();
    private readonly int _appHealthPort = FreePort.Next();
    private readonly Dictionary<string, int> _adminPorts = new(StringComparer.Ordinal);

    private readonly IReadOnlySet<string> _wanted;
    private readonly bool _isKept;

    public Stage(DemoOptions options, Narrator narrator)
    {
        _narrator = narrator;
        _wanted = options.Sidecars;
        _isKept = options.Keep;
        Folder = options.Folder;
        Directory.CreateDirectory(Path.Combine(Folder, "app"));
    }

    public string Folder { get; }

    public string LogFile => Path.Combine(Folder, "app", "app.log");

    public string LogCopy => Path.Combine(Folder, "written.copy");

    public string StoredFolder => Path.Combine(Folder, "cloudwatch");

    /// What CloudWatch holds of the app's own log.
    public string StoredShop => StoredFolder + LogGroup;

    public string AccessFolder => Path.Combine(Folder, "access");

    public Uri AppAddress => new($"http://localhost:{_appHealthPort}");

    public string Journal => Path.Combine(Folder, "calls.journal");

    public string HangFile => Path.Combine(Folder, "hang");

    public string PauseFile => Path.Combine(Folder, "pause");

    public long WrittenBytes => new FileInfo(LogCopy).Length;

    public long StoredBytes => Directory.Exists(StoredShop) ? new DirectoryInfo(StoredShop).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;

    public RedisServer[] Redis { get; private set; } = [];

    public RedisSentinel[] Sentinels { get; private set; } = [];

    public ChildProcess[] Backends { get; } = new ChildProcess[2];

    public ChildProcess App { get; private set; } = null!;

    public IReadOnlyList<SidecarProcess> Sidecars { get; private set; } = [];

    public IReadOnlyDictionary<string, int> AdminPorts => _adminPorts;

    public Uri VerdictAddress => new($"http://127.0.0.1:{_adminPorts.GetValueOrDefault("adapter")}/health/ready");

    /// All but the app, which comes last, as in a pod with native sidecars.
    public async Task SetAsync(CancellationToken cancellation)
    {
        _narrator.Act("Setting the stage: 2 Redis, 3 Sentinels, 2 backends, a CloudWatch stand-in, 3 sidecars, the legacy app");
        var redis = StartRedisAsync();
        StartCloudWatch();
        StartBackend(0);
        StartBackend(1);
        await redis;
        await WaitUntilAnswersAsync(new Uri($"http://127.0.0.1:{_cloudWatchPort}/_control"), cancellation);
        foreach (var port in _backendPorts)
            await WaitUntilAnswersAsync(new Uri($"http://127.0.0.1:{port}/health"), cancellation);

        var settings = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal)
        {
            ["logs"] = LogsSettings(), ["ambassador"] = AmbassadorSettings(), ["adapter"] = AdapterSettings(),
        };
        if (_isKept)
            FollowRequests(settings);
        Sidecars = [.. settings.Where(sidecar => _wanted.Contains(sidecar.Key)).Select(sidecar => StartSidecar(sidecar.Key, sidecar.Value))];
        foreach (var sidecar in Sidecars)
            await sidecar.WaitUntilReadyAsync(cancellation: cancellation);
        await StartAppAsync(cancellation);
    }

    public void StartBackend(int index)
    {
        var port = _backendPorts[index];
        Backends[index] = Keep(ChildProcess.Start(Programs.Built("Backend", "stock-service"), [Text(port), $"backend-{index + 1}"], Programs.DotnetEnvironment));
        _narrator.Say("demo", $"backend-{index + 1} runs on 127.0.0.1:{port} (pid {Backends[index].Id})");
    }

    /// What a sidecar says of itself, as text.
    public Task<string> ReadAsync(string sidecar, string path, CancellationToken cancellation) =>
        _client.GetStringAsync(new Uri($"http://127.0.0.1:{AdminPort(sidecar)}{path}"), cancellation);

    /// The stand-in's counters; `fault` first changes what it does.
    public async Task<string> CloudWatchAsync(string? fault, CancellationToken cancellation)
    {
        var address = new Uri($"http://127.0.0.1:{_cloudWatchPort}/_control{(fault is null ? "" : "?" + fault)}");
        using var response = fault is null ? await _client.GetAsync(address, cancellation) : await _client.PostAsync(address, content: null, cancellation);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellation);
    }

    public T Keep<T>(T started)
        where T : IAsyncDisposable
    {
        _started.Push(started);
        var id = started switch
        {
            ChildProcess child => child.Id,
            SidecarProcess sidecar => sidecar.Id,
            RedisServer server => server.ProcessId,
            RedisSentinel sentinel => sentinel.ProcessId,
            _ => 0,
        };
        NoteId(id);
        return started;
    }

    public void NoteId(int id)
    {
        lock (_idsLock)
            File.AppendAllText(Path.Combine(Folder, "pids"), Text(id) + "\n");
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var started))
            await started.DisposeAsync();
        _client.Dispose();
    }

    private async Task StartRedisAsync()
    {
        var master = Keep(await RedisServer.StartAsync());
        var replica = Keep(await RedisServer.StartReplicaAsync(master));
        await master.WaitForReplicasAsync();
        Redis = [master, replica];
        Sentinels = await RedisSentinel.StartThreeAsync(master, downAfterMilliseconds: 1000);
        foreach (var sentinel in Sentinels)
            Keep(sentinel);
        _narrator.Say("demo", $"Redis: master {master.Address}, replica {replica.Address}; Sentinels {string.Join(", ", Sentinels.Select(sentinel => sentinel.Address))}");
    }

    private void StartCloudWatch()
    {
        Directory.CreateDirectory(StoredFolder);
        Keep(ChildProcess.Start(
            Programs.Built("CloudWatchStandIn", "cloudwatch-stand-in"),
            ["--port", Text(_cloudWatchPort), "--data-dir", StoredFolder],
            Programs.DotnetEnvironment,
            line => _narrator.Say("cloudwatch", line.Length > 13 && line[2] == ':' ? line[13..] : line)));
    }

    private SidecarProcess StartSidecar(string name, Dictionary<string, string> settings)
    {
        // Where somebody will look at them, or let Prometheus do it, they are where the pages say.
        var port = _isKept ? FreePort.Preferably(UsualPort[name]) : FreePort.Next();
        _adminPorts[name] = port;
        settings["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}";
        // What the images set (docker/).
        settings["DOTNET_GCgen0size"] = "100000";
        return Keep(SidecarProcess.Start($"sidecar-{name}", settings, line => _narrator.Relay(name, line)));
    }

    private async Task StartAppAsync(CancellationToken cancellation)
    {
        var ini = Path.Combine(Folder, "app.ini");
        await File.WriteAllLinesAsync(
            ini,
            [
                $"log={LogFile}", $"log-copy={LogCopy}", $"journal={Journal}",
                $"heartbeat={Heartbeat}", $"hang-while-exists={HangFile}", $"pause-while-exists={PauseFile}",
                $"redis=localhost:{_redisPort}", $"service=http://localhost:{_servicePort}",
                $"health-port={_appHealthPort}", "orders-per-second=200",
            ],
            cancellation);
        App = Keep(ChildProcess.Start(Programs.Built("LegacyApp", "legacy-app"), [ini], Programs.DotnetEnvironment, line => _narrator.Say("app", line)));
        await App.WaitForLineAsync(line => line == "started", cancellation: cancellation);
    }

    private string Heartbeat => Path.Combine(Folder, "heartbeat");

    private Dictionary<string, string> LogsSettings() => new(StringComparer.Ordinal)
    {
        ["LOGS_PATHS"] = Path.Combine(Folder, "app", "*.log"),
        ["LOGS_GROUP"] = LogGroup,
        ["LOGS_STATE_DIR"] = Path.Combine(Folder, "logs-state"),
        ["AWS_REGION"] = "eu-west-1",
        ["AWS_ACCESS_KEY_ID"] = Sidecar.Testing.CloudWatch.StandInCredentials.Example.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = Sidecar.Testing.CloudWatch.StandInCredentials.Example.SecretKey,
        ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = $"http://127.0.0.1:{_cloudWatchPort}",
    };

    /// So that one can be looked for (docs/tracing.md): the ambassador writes each down, and that is shipped as well.
    private void FollowRequests(Dictionary<string, Dictionary<string, string>> settings)
    {
        Directory.CreateDirectory(AccessFolder);
        settings["ambassador"]["AMBASSADOR_ACCESS_LOG"] = $"file:{Path.Combine(AccessFolder, "ambassador.log")}";
        settings["logs"]["LOGS_SOURCE_ACCESS"] = Path.Combine(AccessFolder, "*.log");
        settings["logs"]["LOGS_SOURCE_ACCESS_FORMAT"] = "json";
        settings["logs"]["LOGS_SOURCE_ACCESS_GROUP"] = "/demo/access";
    }

    private Dictionary<string, string> AmbassadorSettings() => new(StringComparer.Ordinal)
    {
        ["AMBASSADOR_ROUTE_CACHE"] = $"redis+sentinel://{string.Join(',', Sentinels.Select(sentinel => sentinel.Address))}/{Sentinels[0].MasterName}",
        ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = Text(_redisPort),
        ["AMBASSADOR_ROUTE_STOCK"] = $"http://127.0.0.1:{_backendPorts[0]},127.0.0.1:{_backendPorts[1]}",
        ["AMBASSADOR_ROUTE_STOCK_LISTEN"] = Text(_servicePort),
    };

    private Dictionary<string, string> AdapterSettings() => new(StringComparer.Ordinal)
    {
        ["ADAPTER_PROBE_URL"] = $"http://localhost:{_appHealthPort}/health",
        ["ADAPTER_PROBE_WORKER"] = $"file:{Heartbeat}",
        ["ADAPTER_PROBE_WORKER_MAX_AGE"] = "400ms",
        ["ADAPTER_PROBE_PROCESS"] = "process:legacy-app",
        ["ADAPTER_METRICS_POD"] = "auto",
        ["ADAPTER_INTERVAL"] = $"{HealthInterval.TotalMilliseconds:0}ms",
        ["ADAPTER_TIMEOUT"] = "400ms",
        ["ADAPTER_FALL"] = Text(HealthFall),
        ["ADAPTER_RISE"] = Text(HealthRise),
    };

    private int AdminPort(string sidecar) => _adminPorts[sidecar];

    private async Task WaitUntilAnswersAsync(Uri address, CancellationToken cancellation) =>
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var response = await _client.GetAsync(address, cancellation);
                    return response.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            cancellation: cancellation,
            what: $"{address} answers");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
