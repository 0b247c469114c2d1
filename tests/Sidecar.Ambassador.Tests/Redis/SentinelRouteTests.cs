using System.Diagnostics;
using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// A master, a replica and three Sentinels, all real; the client knows only the ambassador.
public sealed class SentinelRouteTests : IAsyncLifetime
{
    private RedisServer _master = null!;
    private RedisServer _replica = null!;
    private RedisSentinel[] _sentinels = [];

    public async ValueTask InitializeAsync()
    {
        _master = await RedisServer.StartAsync();
        _replica = await RedisServer.StartReplicaAsync(_master);
        await _master.WaitForReplicasAsync();
        _sentinels = await RedisSentinel.StartThreeAsync(_master);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in _sentinels)
            await sentinel.DisposeAsync();
        await _replica.DisposeAsync();
        await _master.DisposeAsync();
    }

    [Fact]
    public async Task A_killed_master_costs_a_client_time_but_no_failed_call_and_no_write()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "0"));

        var (failed, longest) = await WriteAsync(client, key: static () => "k", trouble: async () =>
        {
            await _master.KillAsync();
            await MovedAsync(route);
        });

        Assert.Empty(failed);
        Assert.InRange(longest, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(3));
        Assert.Equal("master", (await _replica.CallAsync("ROLE")).Split('|')[0]);
        Assert.Equal(await client.CallAsync("GET", "k"), await _replica.CallAsync("GET", "k"));
        Assert.Equal(1, route.Counters.Failovers);
    }

    [Fact]
    public async Task A_frozen_master_is_left_when_the_Sentinels_choose_another()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "0"));

        var (failed, longest) = await WriteAsync(client, key: static () => "k", trouble: () =>
        {
            _master.Freeze();
            return MovedAsync(route);
        });
        _master.Thaw();

        Assert.Empty(failed);
        Assert.InRange(longest, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_planned_failover_fails_no_call_and_loses_no_acknowledged_write()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "0"));

        int written = 0;
        var (failed, longest) = await WriteAsync(client, key: () => $"w:{++written}", trouble: async () =>
        {
            Assert.Equal("OK", await _sentinels[0].CallAsync("SENTINEL", "FAILOVER", "mymaster"));
            await MovedAsync(route);
        });

        Assert.Empty(failed);
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(1, route.Counters.Failovers);
        Assert.Equal($":{written + 1}", await _replica.CallAsync("DBSIZE"));
    }

    [Fact]
    public async Task A_master_that_becomes_a_replica_with_its_sockets_open_is_never_seen_as_read_only()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal(":1", await client.CallAsync("INCR", "n"));
        await Eventually.TrueAsync(async () => await _replica.CallAsync("GET", "n") == "1");

        await _replica.CallAsync("REPLICAOF", "NO", "ONE");
        await _master.CallAsync("REPLICAOF", "127.0.0.1", _replica.Port.ToString(CultureInfo.InvariantCulture));
        await client.SendAsync("INCR", "n");
        await client.SendAsync("GET", "n");
        await _master.CallAsync("REPLICAOF", "NO", "ONE");

        Assert.Equal(":2", await client.ReadAsync());
        Assert.Equal("2", await client.ReadAsync());
    }

    [Fact]
    public async Task A_client_that_blocks_on_a_master_that_is_demoted_blocks_on_the_next_one()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await client.SendAsync("BLPOP", "queue", "0");
        await Eventually.TrueAsync(async () => (await _master.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));

        await _replica.CallAsync("REPLICAOF", "NO", "ONE");
        await _master.CallAsync("REPLICAOF", "127.0.0.1", _replica.Port.ToString(CultureInfo.InvariantCulture));
        await _master.CallAsync("REPLICAOF", "NO", "ONE");
        await Eventually.TrueAsync(async () => await _master.CallAsync("RPUSH", "queue", "job") == ":1");

        Assert.Equal("queue|job", await client.ReadAsync());
    }

    [Fact]
    public async Task A_client_that_blocks_at_a_planned_failover_blocks_on_the_next_master()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var producer = await route.ConnectAsync();
        await client.SendAsync("BLPOP", "queue", "0");
        await Eventually.TrueAsync(async () => (await _master.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));

        Assert.Equal("OK", await _sentinels[0].CallAsync("SENTINEL", "FAILOVER", "mymaster"));
        await MovedAsync(route);
        Assert.Equal(":1", await producer.CallAsync("RPUSH", "queue", "job"));

        Assert.Equal("queue|job", await client.ReadAsync());
    }

    [Fact]
    public async Task Who_waits_for_replicas_of_a_master_that_is_demoted_is_not_told_of_those_of_the_next_one()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        await client.SendAsync("WAIT", "2", "0");
        await Eventually.TrueAsync(async () => (await _master.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));

        await _replica.CallAsync("REPLICAOF", "NO", "ONE");
        await _master.CallAsync("REPLICAOF", "127.0.0.1", _replica.Port.ToString(CultureInfo.InvariantCulture));
        await _master.CallAsync("REPLICAOF", "NO", "ONE");

        Assert.StartsWith("-UNBLOCKED force unblock", await client.ReadAsync());
        Assert.Equal("v", await client.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_replica_that_dies_under_load_fails_no_call()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();

        var (failed, longest) = await WriteAsync(client, key: static () => "k", trouble: async () =>
        {
            await _replica.KillAsync();
            foreach (var sentinel in _sentinels)
                await Eventually.TrueAsync(async () => (await sentinel.CallAsync("SENTINEL", "REPLICAS", "mymaster")).Contains("s_down", StringComparison.Ordinal));
        });

        Assert.Empty(failed);
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(0, route.Counters.Failovers);
    }

    [Fact]
    public async Task An_old_master_that_comes_back_gets_no_write()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await _master.KillAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));
        await _master.StartAgainAsync();
        for (int i = 0; i < 200; i++)
            Assert.Equal("OK", await client.CallAsync("SET", "n" + i.ToString(CultureInfo.InvariantCulture), "1"));

        Assert.Equal(201, int.Parse((await _replica.CallAsync("DBSIZE"))[1..], CultureInfo.InvariantCulture));
        Assert.Equal("after", await _replica.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_switch_is_found_although_one_Sentinel_is_gone()
    {
        // Two that are left may vote for themselves each; they try again after twice their failover-timeout, 20 s.
        await using var route = RunningRedisRoute.To(_sentinels.Take(1), new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(29) });
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));
        foreach (var other in _sentinels.Skip(1))
            await Eventually.TrueAsync(async () => (await other.CallAsync("CLIENT", "LIST")).Contains("cmd=psubscribe", StringComparison.Ordinal));

        await _sentinels[0].KillAsync();
        await _master.KillAsync();

        Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));
        Assert.Equal("after", await _replica.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_subscriber_hears_the_new_master_without_doing_anything()
    {
        await using var route = RunningRedisRoute.To(_sentinels, new RedisOptions());
        await using var subscriber = await route.ConnectAsync();
        await using var publisher = await route.ConnectAsync();
        Assert.Equal("subscribe|news|:1", await subscriber.CallAsync("SUBSCRIBE", "news"));
        Assert.Equal("psubscribe|w*|:2", await subscriber.CallAsync("PSUBSCRIBE", "w*"));

        await _master.KillAsync();
        await Eventually.TrueAsync(async () => await publisher.CallAsync("PUBLISH", "news", "hello") == ":1");

        Assert.Equal("message|news|hello", await subscriber.ReadAsync());
        Assert.Equal(":1", await publisher.CallAsync("PUBLISH", "weather", "rain"));
        Assert.Equal("pmessage|w*|weather|rain", await subscriber.ReadAsync());
        Assert.Equal("unsubscribe|news|:1", await subscriber.CallAsync("UNSUBSCRIBE", "news"));
    }

    private static Task MovedAsync(RunningRedisRoute route) => Eventually.TrueAsync(() => route.Counters.Failovers > 0);

    // Before the trouble, while it lasts, and for a while after it.
    private static async Task<(List<string> Failed, TimeSpan Longest)> WriteAsync(RedisWire client, Func<string> key, Func<Task> trouble)
    {
        var failed = new List<string>();
        var longest = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        Task? started = null;
        for (int left = 300; left > 0; left -= started is { IsCompleted: true } ? 1 : 0)
        {
            if (started is null && clock.Elapsed > TimeSpan.FromMilliseconds(300))
                started = trouble();
            var before = clock.Elapsed;
            string reply = await client.CallAsync("SET", key(), clock.ElapsedMilliseconds.ToString(CultureInfo.InvariantCulture));
            if (reply != "OK")
                failed.Add(reply);
            if (clock.Elapsed - before > longest)
                longest = clock.Elapsed - before;
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        await started!;
        return (failed, longest);
    }
}
