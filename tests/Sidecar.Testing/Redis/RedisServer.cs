using System.Globalization;

namespace Sidecar.Testing.Redis;

/// A real redis-server on a free port of 127.0.0.1 that keeps nothing after the test.
public sealed class RedisServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private readonly string? _password;

    private RedisServer(ServerProcess process, int port, string? password)
    {
        _process = process;
        _password = password;
        Port = port;
    }

    public int Port { get; }

    /// The loopback address that it listens on.
    public string Host { get; private init; } = "127.0.0.1";

    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    public bool IsRunning => _process.IsRunning;

    public int ProcessId => _process.ProcessId;

    /// Settings are given as on its command line: "--requirepass", "secret".
    public static Task<RedisServer> StartAsync(params string[] settings) => OnFreePortsAsync(() => StartAtAsync("127.0.0.1", ServerProcess.FreePort(), settings));

    /// A port that was free may be somebody else's a moment later: then others are tried.
    internal static async Task<RedisServer> OnFreePortsAsync(Func<Task<RedisServer>> start)
    {
        for (int attempts = 1; ; attempts++)
        {
            try
            {
                return await start();
            }
            catch (InvalidOperationException taken) when (attempts < 5 && taken.Message.Contains("Address already in use", StringComparison.Ordinal))
            {
                // Drawn anew.
            }
        }
    }

    /// On an address of 127.0.0.0/8 and a port, so that one name with one port can lead to several servers.
    public static async Task<RedisServer> StartAtAsync(string host, int port, params string[] settings)
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("redis-").FullName;
        string[] arguments =
        [
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", host, "--dir", directory, "--logfile", "log",
            "--save", "", "--appendonly", "no", "--daemonize", "no",
            // Without a disk a master waits 5 s for further replicas, and says that one is online up to a second before it sends it anything.
            "--repl-diskless-sync", "no", .. settings,
        ];
        var server = new RedisServer(new ServerProcess("redis-server", directory, arguments), port, PasswordIn(settings)) { Host = host };
        try
        {
            await server.StartAgainAsync();
        }
        catch (InvalidOperationException)
        {
            await server.DisposeAsync();
            throw;
        }
        return server;
    }

    public static Task<RedisServer> StartReplicaAsync(RedisServer master, params string[] settings) =>
        StartAsync(["--replicaof", "127.0.0.1", master.Port.ToString(CultureInfo.InvariantCulture), .. settings]);

    /// The same server on the same port after KillAsync; returns when it answers.
    public async Task StartAgainAsync()
    {
        _process.Start();
        await RedisWire.WaitUntilAnswersAsync(_process, Port, Host);
    }

    public Task KillAsync() => _process.KillAsync();

    public void Freeze() => _process.Freeze();

    public void Thaw() => _process.Thaw();

    /// One command on a connection of its own, straight to the server and logged in; the reply as text (see RedisWire).
    public async Task<string> CallAsync(params string[] words)
    {
        await using var wire = await RedisWire.ConnectAsync(Port, Host);
        if (_password is not null)
            await wire.CallAsync("AUTH", _password);
        return await wire.CallAsync(words);
    }

    /// Returns when this server has a replica that is online and this replica has caught up.
    public async Task WaitForReplicasAsync(int count = 1)
    {
        await RedisWire.UntilAsync($"{count} online replicas of {Address}", async () =>
        {
            string info = await CallAsync("INFO", "replication");
            return info.Split("state=online").Length - 1 >= count;
        });
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string? PasswordIn(string[] settings)
    {
        int named = Array.IndexOf(settings, "--requirepass");
        return named < 0 ? null : settings[named + 1];
    }
}
