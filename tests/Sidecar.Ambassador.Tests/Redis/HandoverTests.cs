using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// A Sentinel announces that it replaces the master: what happens to commands until it has.
public sealed class HandoverTests
{
    [Fact]
    public async Task From_the_announcement_on_writes_wait_and_reads_go_on_until_the_chosen_replica_says_that_it_is_master()
    {
        await using var old = new RedisStandIn();
        await using var next = new RedisStandIn { Role = "slave" };
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions());
        await using var writer = await route.ConnectAsync();
        await using var reader = await route.ConnectAsync();
        Assert.Equal("OK", await writer.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+try-failover");
        await AnnouncedAsync(route, reader);
        await writer.SendAsync("SET", "k", "after");
        await sentinel.SayAsync("+selected-slave", next.Port);
        await Eventually.TrueAsync(() => next.Executed.Contains("ROLE"));
        string? seenMeanwhile = old["k"];
        next.Role = "master";

        Assert.Equal("OK", await writer.ReadAsync());
        Assert.Equal("before", seenMeanwhile);
        Assert.Equal("before", old["k"]);
        Assert.Equal("after", next["k"]);
    }

    [Fact]
    public async Task What_a_client_reads_behind_a_write_that_waits_is_read_behind_it()
    {
        await using var old = new RedisStandIn();
        await using var next = new RedisStandIn { Role = "slave" };
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+try-failover");
        await AnnouncedAsync(route, client);
        await client.SendAsync("SET", "k", "after");
        await client.SendAsync("GET", "k");
        next.Role = "master";
        await sentinel.SayAsync("+selected-slave", next.Port);

        Assert.Equal("OK", await client.ReadAsync());
        Assert.Equal("after", await client.ReadAsync());
    }

    [Fact]
    public async Task A_change_that_is_called_off_releases_the_writes_on_the_old_master()
    {
        await using var old = new RedisStandIn();
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+try-failover");
        await AnnouncedAsync(route, client);
        await client.SendAsync("SET", "k", "after");
        await sentinel.SayAsync("-failover-abort-no-good-slave");

        Assert.Equal("OK", await client.ReadAsync());
        Assert.Equal("after", old["k"]);
        Assert.Equal(0, route.Counters.Failovers);
    }

    [Fact]
    public async Task A_change_that_does_not_come_releases_the_writes_before_they_fail()
    {
        await using var old = new RedisStandIn();
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions { QueueTimeout = TimeSpan.FromMilliseconds(400) });
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+try-failover");
        await AnnouncedAsync(route, client);

        Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));
        Assert.Equal("after", old["k"]);
        Assert.Contains(route.Warnings, line => line.Contains("did not come within 0.4 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Writes_that_wait_for_the_new_master_may_take_no_more_than_the_queue_has()
    {
        await using var old = new RedisStandIn();
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions { QueueBytes = 1000 });
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+try-failover");
        await AnnouncedAsync(route, client);
        await client.SendAsync("SET", "k", "after");
        await client.SendAsync("SET", "k", new string('x', 1000));
        await sentinel.SayAsync("-failover-abort-slave-timeout");

        Assert.Equal("OK", await client.ReadAsync());
        Assert.StartsWith("-ERR no upstream, and too much is waiting", await client.ReadAsync());
        Assert.Equal("after", old["k"]);
    }

    [Fact]
    public async Task Of_a_master_that_is_down_no_write_is_held_back_before_its_successor_is_chosen()
    {
        await using var old = new RedisStandIn();
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+odown");
        await sentinel.SayAsync("+try-failover");
        await sentinel.SayAsync("-odown");

        for (int i = 0; i < 100; i++)
            Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));
        Assert.Equal(0, route.Counters.Handovers);
    }

    // The event goes from the Sentinel to the engine in its own time.
    private static async Task AnnouncedAsync(RunningRedisRoute route, RedisWire reader)
    {
        await Eventually.TrueAsync(() => route.Counters.Handovers == 1);
        Assert.Equal("before", await reader.CallAsync("GET", "k"));
    }
}
