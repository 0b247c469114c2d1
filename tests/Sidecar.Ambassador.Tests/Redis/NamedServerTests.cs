using System.Net;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// One server behind a name whose address changes, as managed services do at a failover.
public sealed class NamedServerTests : IAsyncLifetime
{
    private readonly int _port = FreePort.Next();
    private RedisServer _primary = null!;
    private RedisServer _replica = null!;
    private volatile IPAddress[] _record = [IPAddress.Parse("127.0.0.2")];
    private TimeSpan _life = NameLookup.UsualTtl;
    private int _asked;

    public async ValueTask InitializeAsync()
    {
        _primary = await RedisServer.StartAtAsync("127.0.0.2", _port);
        _replica = await RedisServer.StartAtAsync("127.0.0.3", _port, "--replicaof", "127.0.0.2", $"{_port}");
        await _primary.WaitForReplicasAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [Fact]
    public async Task A_demoted_primary_with_its_sockets_open_is_left_for_the_one_that_the_name_leads_to_and_nobody_hears_READONLY()
    {
        await using var route = To("cache.internal");
        await using var client = await route.ConnectAsync();
        await using var pinned = await route.ConnectAsync();
        Assert.Equal(":1", await client.CallAsync("INCR", "n"));
        Assert.Equal("OK", await pinned.CallAsync("CLIENT", "SETNAME", "app"));

        await DemoteAsync("n");
        var first = client.CallAsync("INCR", "n");
        var second = pinned.CallAsync("INCR", "n");
        int asked = Volatile.Read(ref _asked);
        await Eventually.TrueAsync(() => Volatile.Read(ref _asked) > asked + 1);
        Assert.False(first.IsCompleted);
        _record = [IPAddress.Parse("127.0.0.3")];

        Assert.Equal([":2", ":3"], new[] { await first, await second }.Order());
        Assert.Equal("3", await _replica.CallAsync("GET", "n"));
        Assert.Contains("name=app", await _replica.CallAsync("CLIENT", "LIST"));
    }

    [Fact]
    public async Task A_primary_that_is_demoted_behind_an_address_of_a_service_is_asked_again_until_it_is_a_master()
    {
        await using var route = To("127.0.0.2");
        await using var client = await route.ConnectAsync();
        Assert.Equal(":1", await client.CallAsync("INCR", "n"));

        await DemoteAsync("n");
        var waiting = client.CallAsync("INCR", "n");
        await Eventually.TrueAsync(() => route.Trouble is not null);
        await _primary.CallAsync("REPLICAOF", "NO", "ONE");

        Assert.Equal(":2", await waiting);
    }

    [Fact]
    public async Task A_server_that_was_a_replica_all_along_refuses_writes_by_right_and_nobody_waits()
    {
        _record = [IPAddress.Parse("127.0.0.3")];
        await using var route = To("replica.internal");
        await using var client = await route.ConnectAsync();

        Assert.StartsWith("-READONLY", await client.CallAsync("SET", "k", "v"));
        Assert.Equal("(nil)", await client.CallAsync("GET", "k"));
        Assert.Equal(1, route.Counters.Connects);
    }

    [Fact]
    public async Task A_primary_that_stays_demoted_serves_again_as_what_it_is_once_commands_have_waited_long_enough()
    {
        await using var route = To("127.0.0.2", new RedisOptions { QueueTimeout = TimeSpan.FromMilliseconds(400) });
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));

        await DemoteAsync("k");
        string waited = await client.CallAsync("SET", "k", "other");

        Assert.Equal("-ERR no upstream (the upstream says it is no master); the command was not executed", waited);
        await Eventually.MatchAsync(() => client.CallAsync("GET", "k"), reply => reply == "v");
        Assert.StartsWith("-READONLY", await client.CallAsync("SET", "k", "other"));
    }

    [Fact]
    public async Task A_connection_whose_address_left_the_record_answers_what_it_was_asked_and_is_left()
    {
        await using var route = To("cache.internal");
        await using var client = await route.ConnectAsync();
        await using var blocking = await route.ConnectAsync();
        await using var lost = await route.ConnectAsync();
        await using var subscriber = await route.ConnectAsync();
        await _replica.CallAsync("REPLICAOF", "NO", "ONE");
        Assert.Equal("OK", await client.CallAsync("SET", "k", "old"));
        Assert.Equal("OK", await lost.CallAsync("CLIENT", "SETNAME", "lost"));
        Assert.Equal("subscribe|c|:1", await subscriber.CallAsync("SUBSCRIBE", "c"));
        await blocking.SendAsync("BLPOP", "queue", "0.6");

        _record = [IPAddress.Parse("127.0.0.3")];
        string connection = (await _primary.CallAsync("CLIENT", "LIST")).Split('\n').First(line => line.Contains("name=lost", StringComparison.Ordinal));
        await _primary.CallAsync("CLIENT", "KILL", "ID", connection.Split(' ')[0]["id=".Length..]);

        Assert.Equal("(nil)", await blocking.ReadAsync());
        await Eventually.EqualAsync(1, () => route.Counters.Failovers);
        Assert.Equal("OK", await client.CallAsync("SET", "k", "new"));
        Assert.Equal("OK", await lost.CallAsync("SET", "lost", "new"));
        Assert.Equal("old", await _primary.CallAsync("GET", "k"));
        Assert.Equal("new", await _replica.CallAsync("GET", "k"));
        await Eventually.TrueAsync(async () => await _replica.CallAsync("PUBLISH", "c", "hello") == ":1");
        Assert.Equal("message|c|hello", await subscriber.ReadAsync());
        Assert.Equal(0, route.Counters.FateUnknown);
    }

    [Fact]
    public async Task A_record_is_read_again_when_its_life_is_over_and_a_healthy_connection_goes_where_it_leads_then()
    {
        _life = TimeSpan.FromSeconds(1);
        await using var route = To("cache.internal");
        await using var client = await route.ConnectAsync();
        await _replica.CallAsync("REPLICAOF", "NO", "ONE");
        Assert.Equal("OK", await client.CallAsync("SET", "k", "old"));

        _record = [IPAddress.Parse("127.0.0.3")];
        long changed = TimeProvider.System.GetTimestamp();
        await Eventually.EqualAsync(1, () => route.Counters.Failovers);

        Assert.InRange(TimeProvider.System.GetElapsedTime(changed), TimeSpan.Zero, _life + TimeSpan.FromSeconds(1));
        Assert.Equal("OK", await client.CallAsync("SET", "k", "new"));
        Assert.Equal(["old", "new"], new[] { await _primary.CallAsync("GET", "k"), await _replica.CallAsync("GET", "k") });
    }

    [Fact]
    public async Task A_record_of_a_long_life_is_not_asked_for_again_as_long_as_nothing_fails()
    {
        _life = TimeSpan.FromHours(1);
        await using var route = To("127-0-0-2.internal");
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        int asked = Volatile.Read(ref _asked);

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(asked, Volatile.Read(ref _asked));
    }

    [Fact]
    public async Task A_script_that_says_READONLY_of_its_own_accord_is_heard_and_not_executed_again()
    {
        await using var route = To("127.0.0.2");
        await using var client = await route.ConnectAsync();

        Assert.Equal("-READONLY says the script", await client.CallAsync("EVAL", "redis.call('INCR', 'n') return redis.error_reply('READONLY says the script')", "0"));
        Assert.Equal("1", await client.CallAsync("GET", "n"));
        Assert.StartsWith(
            "-READONLY You can't write it all", await client.CallAsync("EVAL", "redis.call('INCR', 'n') return redis.error_reply(\"READONLY You can't write it all\")", "0"));
        Assert.Equal("3", await client.CallAsync("GET", "n"));
    }

    private async Task DemoteAsync(string written)
    {
        string value = await _primary.CallAsync("GET", written);
        await Eventually.TrueAsync(async () => await _replica.CallAsync("GET", written) == value);
        await _replica.CallAsync("REPLICAOF", "NO", "ONE");
        await _primary.CallAsync("REPLICAOF", "127.0.0.3", $"{_port}");
    }

    private RunningRedisRoute To(string host, RedisOptions? options = null) =>
        new(
            new RedisRoute
            {
                Name = "cache",
                Hosts = [new HostPort(host, _port)],
                Resolve = (host, _) =>
                {
                    Interlocked.Increment(ref _asked);
                    return Task.FromResult(new NameAnswer([.. _record.Select(address => new FoundAddress(new IPEndPoint(address, host.Port), host))], _life));
                },
            },
            options ?? new RedisOptions());
}
