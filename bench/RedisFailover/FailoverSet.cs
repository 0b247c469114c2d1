using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace RedisFailover;

/// A master, its replica, and three Sentinels that take a silent master for dead after a second.
internal sealed class FailoverSet : IAsyncDisposable
{
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(60);

    private FailoverSet(RedisServer master, RedisServer replica, RedisSentinel[] sentinels) =>
        (Master, Replica, Sentinels) = (master, replica, sentinels);

    /// Who is master at first.
    public RedisServer Master { get; }

    public RedisServer Replica { get; }

    public IReadOnlyList<RedisSentinel> Sentinels { get; }

    public static async Task<FailoverSet> StartAsync()
    {
        var master = await RedisServer.StartAsync();
        var replica = await RedisServer.StartReplicaAsync(master);
        await master.WaitForReplicasAsync();
        return new FailoverSet(master, replica, await RedisSentinel.StartThreeAsync(master, downAfterMilliseconds: 1000));
    }

    /// Returns when the replica is master, and the old one its replica if it lives: what only the old one had is gone by then.
    public async Task SettleAsync(bool isOldAlive)
    {
        await IsRoleAsync(Replica, "master");
        if (isOldAlive)
            await IsRoleAsync(Master, "slave");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in Sentinels)
            await sentinel.DisposeAsync();
        await Replica.DisposeAsync();
        await Master.DisposeAsync();
    }

    private static Task IsRoleAsync(RedisServer server, string role) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                return (await server.CallAsync("ROLE")).StartsWith(role, StringComparison.Ordinal);
            }
            catch (IOException)
            {
                // A Sentinel closes every connection of a server whose role it changes.
                return false;
            }
        },
        Settles,
        what: $"{server.Address} is {role}");
}
