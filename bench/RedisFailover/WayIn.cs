using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace RedisFailover;

/// What stands between the client and the servers, and the port that the client connects to.
internal sealed class WayIn(int port, IAsyncDisposable program, SidecarProcess? ambassador) : IAsyncDisposable
{
    public const string Ambassador = "ambassador";
    public const string HaProxy = "haproxy";

    public int Port => port;

    public static Task<WayIn> StartAsync(string name, FailoverSet set) => name == HaProxy
        ? StartHaProxyAsync(set)
        : StartAmbassadorAsync($"redis+sentinel://{string.Join(',', set.Sentinels.Select(one => one.Address))}/{set.Sentinels[0].MasterName}");

    public static async Task<WayIn> StartAmbassadorAsync(string upstream)
    {
        int port = FreePort.Next();
        var sidecar = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_CACHE"] = upstream,
                ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = $"127.0.0.1:{port}",
                ["DOTNET_GCgen0size"] = "100000",
            },
            CancellationToken.None);
        return new WayIn(port, sidecar, sidecar);
    }

    /// What the ambassador counts under this name.
    public async Task<long> CountAsync(string metric)
    {
        var (_, body) = await ambassador!.GetAsync("/metrics", CancellationToken.None);
        string? line = body.Split('\n').FirstOrDefault(line => line.StartsWith(metric + "{", StringComparison.Ordinal));
        return line is null ? 0 : (long)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();

    // As its manual and its users have it: the server that says role:master, looked at ten times a second.
    private static async Task<WayIn> StartHaProxyAsync(FailoverSet set)
    {
        int port = FreePort.Next();
        string file = Path.Combine(Directory.CreateTempSubdirectory("haproxy-").FullName, "haproxy.cfg");
        await File.WriteAllTextAsync(file, $"""
            global
              nbthread 1
            defaults
              mode tcp
              timeout connect 1s
              timeout client 1m
              timeout server 1m
              timeout check 1s
            listen redis
              bind 127.0.0.1:{port}
              option tcp-check
              tcp-check send info\ replication\r\n
              tcp-check expect string role:master
              default-server check inter 100ms fall 1 rise 1 on-marked-down shutdown-sessions
              server one {set.Master.Address}
              server two {set.Replica.Address}

            """);
        var program = ChildProcess.Start("haproxy", ["-db", "-f", file]);
        var way = new WayIn(port, program, ambassador: null);
        await Eventually.TrueAsync(() => Writer.LeadsToMasterAsync(port), what: $"HAProxy leads to the master: {program.Transcript}");
        return way;
    }
}
