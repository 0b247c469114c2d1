using System.Globalization;
using Sidecar.Testing.Redis;

namespace Sidecar.Testing.Replay;

/// Two equal servers: one that is asked directly, and one for the ambassador to stand in front of. With Sentinels, each is a master
/// with a replica and one Sentinel; as a cluster of one, each has all slots; as a cluster, three masters share them behind the ambassador
/// and one has them all: what it answers is what three have to answer together, so it is the fair side to compare with.
internal sealed class ReplayServers : IAsyncDisposable
{
    // A command that waits for a while is woken at a server's beat: often, so that the wait is short. No slow log: what is slow differs.
    private static readonly string[] Settings = ["--enable-debug-command", "yes", "--hz", "500", "--slowlog-log-slower-than", "-1", "--databases", "16"];

    private readonly List<IAsyncDisposable> _all = [];

    private ReplayServers(RedisServer direct, RedisServer behind)
    {
        (Direct, Behind) = (direct, behind);
        _all.AddRange([direct, behind]);
    }

    public RedisServer Direct { get; }

    public RedisServer Behind { get; }

    /// Who watches the server behind the ambassador; none in front of a server of its own.
    public IReadOnlyList<RedisSentinel> Sentinels { get; private init; } = [];

    /// The masters beside the one that has slot 0.
    public IReadOnlyList<RedisServer> Others { get; private init; } = [];

    /// Both are clusters.
    public bool IsCluster { get; private init; }

    /// Makes streams fit for them, by a number that chooses among several ways.
    public Func<List<ReplayStep>, int, List<ReplayStep>>? Adapt { get; private init; }

    /// What a route to it is told.
    public string Url => IsCluster ? $"redis+cluster://{Behind.Address}" : Sentinels.Count == 0
        ? $"redis://{Behind.Address}"
        : $"redis+sentinel://{string.Join(',', Sentinels.Select(sentinel => sentinel.Address))}/{Sentinels[0].MasterName}";

    public static async Task<ReplayServers> StartStandaloneAsync() =>
        new(await RedisServer.StartAsync(Settings), await RedisServer.StartAsync(Settings));

    public static async Task<ReplayServers> StartSentinelAsync()
    {
        var both = await Task.WhenAll(StartWatchedAsync(), StartWatchedAsync());
        var (direct, behind) = (both[0], both[1]);
        var servers = new ReplayServers(direct.Master, behind.Master) { Sentinels = [behind.Sentinel] };
        servers._all.InsertRange(0, [direct.Sentinel, behind.Sentinel, direct.Replica, behind.Replica]);
        return servers;
    }

    public static async Task<ReplayServers> StartClusterOfOneAsync()
    {
        var both = await Task.WhenAll(StartClusterAsync(masters: 1), StartClusterAsync(masters: 1));
        return new ReplayServers(both[0].Masters[0], both[1].Masters[0]) { IsCluster = true, Adapt = ClusterStream.Adapt };
    }

    public static async Task<ReplayServers> StartClusterAsync()
    {
        var both = await Task.WhenAll(StartClusterAsync(masters: 1), StartClusterAsync(masters: 3));
        var servers = new ReplayServers(both[0].Masters[0], both[1].Masters[0]) { IsCluster = true, Others = [.. both[1].Masters.Skip(1)], Adapt = ScatteredStream.Adapt };
        servers._all.AddRange(servers.Others);
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _all)
            await one.DisposeAsync();
    }

    // No node is to be missed because the machine is busy.
    private static Task<RedisCluster> StartClusterAsync(int masters) => RedisCluster.StartAsync(masters, replicas: 0, nodeTimeoutMilliseconds: 15_000, static (_, _) => [], Settings);

    private static async Task<(RedisServer Master, RedisServer Replica, RedisSentinel Sentinel)> StartWatchedAsync()
    {
        var master = await RedisServer.StartAsync(Settings);
        var replica = await RedisServer.StartReplicaAsync(master, Settings);
        await master.WaitForReplicasAsync();
        var sentinel = await RedisSentinel.StartAsync(master, quorum: 1, downAfterMilliseconds: 10_000);
        await RedisWire.UntilAsync("the Sentinel knows the replica", async () =>
            (await sentinel.CallAsync("SENTINEL", "REPLICAS", sentinel.MasterName)).Contains(replica.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return (master, replica, sentinel);
    }
}
