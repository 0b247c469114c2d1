using System.Globalization;

namespace Sidecar.Testing.Redis;

/// A real redis-sentinel on a free port of 127.0.0.1 that watches one master.
public sealed class RedisSentinel : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private readonly string? _password;

    private RedisSentinel(ServerProcess process, int port, string masterName, string? password)
    {
        _process = process;
        _password = password;
        Port = port;
        MasterName = masterName;
    }

    public int Port { get; }

    public string MasterName { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public int ProcessId => _process.ProcessId;

    public static Task<RedisSentinel> StartAsync(
        RedisServer master, string masterName = "mymaster", int quorum = 2, int downAfterMilliseconds = 1000, params string[] lines) =>
        StartAsync(master.Port, masterName, quorum, downAfterMilliseconds, lines);

    /// `lines` are added to its file; a "requirepass" among them is what CallAsync logs in with.
    public static async Task<RedisSentinel> StartAsync(
        int masterPort, string masterName = "mymaster", int quorum = 2, int downAfterMilliseconds = 1000, params string[] lines)
    {
        int port = ServerProcess.FreePort();
        string directory = Directory.CreateTempSubdirectory("sentinel-").FullName;
        string file = Path.Combine(directory, "sentinel.conf");
        await File.WriteAllLinesAsync(file,
        [
            $"port {port}", "bind 127.0.0.1", $"dir {directory}", "logfile log", "daemonize no", "protected-mode no",
            $"sentinel monitor {masterName} 127.0.0.1 {masterPort} {quorum}",
            $"sentinel down-after-milliseconds {masterName} {downAfterMilliseconds}",
            $"sentinel failover-timeout {masterName} 10000",
            $"sentinel parallel-syncs {masterName} 1",
            .. lines,
        ]);
        string? password = lines.FirstOrDefault(line => line.StartsWith("requirepass ", StringComparison.Ordinal))?[12..];
        var sentinel = new RedisSentinel(new ServerProcess("redis-sentinel", directory, file), port, masterName, password);
        await sentinel.StartAgainAsync();
        return sentinel;
    }

    /// Three Sentinels that know each other and the master's one replica: a failover can be elected at once.
    public static Task<RedisSentinel[]> StartThreeAsync(RedisServer master, int downAfterMilliseconds = 1000, int replicas = 1) =>
        StartThreeAsync(master.Port, static () => [], downAfterMilliseconds, replicas);

    /// The same, each with lines of its own.
    public static async Task<RedisSentinel[]> StartThreeAsync(
        int masterPort, Func<string[]> lines, int downAfterMilliseconds = 1000, int replicas = 1)
    {
        var sentinels = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            StartAsync(masterPort, downAfterMilliseconds: downAfterMilliseconds, lines: lines())));
        foreach (var sentinel in sentinels)
            await sentinel.BeatAsync(infoMilliseconds: 100, publishMilliseconds: 100);
        foreach (var sentinel in sentinels)
        {
            await RedisWire.UntilAsync($"Sentinel {sentinel.Port} knows the others", async () =>
            {
                string state = await sentinel.CallAsync("SENTINEL", "MASTER", sentinel.MasterName);
                string others = await sentinel.CallAsync("SENTINEL", "REPLICAS", sentinel.MasterName)
                    + await sentinel.CallAsync("SENTINEL", "SENTINELS", sentinel.MasterName);
                // A replica that was never heard of in full is not chosen, and the next try comes 20 s later.
                return state.Contains("num-other-sentinels|2", StringComparison.Ordinal)
                    && others.Split("master-link-status|ok").Length - 1 == replicas
                    && !others.Contains("disconnected", StringComparison.Ordinal);
            });
        }
        foreach (var sentinel in sentinels)
            await sentinel.BeatAsync(infoMilliseconds: 10_000, publishMilliseconds: 2_000);
        return sentinels;
    }

    public async Task StartAgainAsync()
    {
        _process.Start();
        await RedisWire.WaitUntilAnswersAsync(_process, Port);
    }

    public Task KillAsync() => _process.KillAsync();

    public void Freeze() => _process.Freeze();

    public void Thaw() => _process.Thaw();

    public async Task<string> CallAsync(params string[] words)
    {
        await using var wire = await RedisWire.ConnectAsync(Port);
        if (_password is not null)
            await wire.CallAsync("AUTH", _password);
        return await wire.CallAsync(words);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    // How often it asks the servers and tells the others of itself. At its own pace (10 s and 2 s) they know each other only after seconds.
    private async Task BeatAsync(int infoMilliseconds, int publishMilliseconds)
    {
        string reply = await CallAsync(
            "SENTINEL", "DEBUG", "INFO-PERIOD", infoMilliseconds.ToString(CultureInfo.InvariantCulture),
            "PUBLISH-PERIOD", publishMilliseconds.ToString(CultureInfo.InvariantCulture));
        if (reply != "OK")
            throw new InvalidOperationException(reply);
    }
}
