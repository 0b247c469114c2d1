using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Servers that do what real ones do only now and then.
public sealed class FaultyServerTests
{
    private const string ReadOnly = "-READONLY You can't write against a read only replica.\r\n";
    private const string Loading = "-LOADING Redis is loading the dataset in memory\r\n";

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    public async Task A_reply_that_is_cut_off_is_asked_for_again_when_that_harms_nobody(int bytes)
    {
        await using var server = new RedisStandIn();
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "hello"));

        server.Cut = ("GET", bytes);

        Assert.Equal("hello", await client.CallAsync("GET", "k"));
        Assert.Equal(1, route.Counters.Replayed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_reply_that_is_cut_off_is_an_error_when_the_command_must_not_be_executed_twice(int bytes)
    {
        await using var server = new RedisStandIn { Cut = ("INCR", bytes) };
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions());
        await using var client = await route.ConnectAsync();

        Assert.StartsWith("-ERR upstream connection lost before the reply", await client.CallAsync("INCR", "n"));
        Assert.Equal("1", await client.CallAsync("GET", "n"));
    }

    [Fact]
    public async Task A_refusal_in_the_middle_of_a_pipeline_leaves_the_other_answers_as_they_were()
    {
        int refusals = 0;
        await using var server = new RedisStandIn
        {
            Instead = words => words[0] == "SET" && Interlocked.Increment(ref refusals) == 1 ? ReadOnly : null,
        };
        Assert.True(DenyList.TryRead(["FLUSHALL"], out var denied, out _));
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions { Denied = denied });
        await using var client = await route.ConnectAsync();
        Assert.Equal("PONG", await client.CallAsync("PING"));

        await client.SendRawAsync((byte[])
        [
            .. RedisWire.Frame("INCR", "n"), .. RedisWire.Frame("SET", "k", "v"), .. RedisWire.Frame("FLUSHALL"), .. RedisWire.Frame("INCR", "n"),
            .. RedisWire.Frame("INCR", "n"),
        ]);

        Assert.Equal(":1", await client.ReadAsync());
        Assert.Equal("OK", await client.ReadAsync());
        Assert.StartsWith("-NOPERM", await client.ReadAsync());
        Assert.Equal(":2", await client.ReadAsync());
        Assert.Equal(":3", await client.ReadAsync());
        Assert.Equal("v", server["k"]);
        Assert.Equal(0, route.Counters.FateUnknown);
    }

    [Fact]
    public async Task A_server_that_answers_late_is_waited_for()
    {
        await using var server = new RedisStandIn();
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal(":1", await client.CallAsync("INCR", "n"));

        server.Delay = TimeSpan.FromMilliseconds(900);

        Assert.Equal(":2", await client.CallAsync("INCR", "n"));
        Assert.Equal(":3", await client.CallAsync("INCR", "n"));
        Assert.Equal(0, route.Counters.Silent);
    }

    [Fact]
    public async Task A_server_that_still_loads_its_data_is_waited_for()
    {
        bool isLoading = false;
        await using var server = new RedisStandIn();
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));

        server.Instead = _ => Volatile.Read(ref isLoading) ? Loading : null;
        Volatile.Write(ref isLoading, true);
        await client.SendAsync("GET", "k");
        await Eventually.TrueAsync(() => route.Counters.ConnectsFailed > 2);
        Volatile.Write(ref isLoading, false);

        Assert.Equal("v", await client.ReadAsync());
    }

    [Fact]
    public async Task A_master_that_became_a_replica_is_left_for_the_one_that_the_Sentinels_name()
    {
        await using var old = new RedisStandIn();
        await using var next = new RedisStandIn();
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        old.Role = "slave";
        old.Instead = static words => words[0] == "SET" ? ReadOnly : null;
        await client.SendAsync("SET", "k", "after");
        (sentinel.MasterPort, sentinel.Epoch) = (next.Port, 2);

        Assert.Equal("OK", await client.ReadAsync());
        Assert.Equal("after", next["k"]);
    }

    [Fact]
    public async Task A_chosen_replica_that_never_becomes_master_costs_its_writers_no_error()
    {
        await using var old = new RedisStandIn();
        await using var next = new RedisStandIn { Role = "slave" };
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions { QueueTimeout = TimeSpan.FromMilliseconds(600) });
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "before"));

        await sentinel.SayAsync("+selected-slave", next.Port);
        await Eventually.TrueAsync(() => route.Counters.Handovers == 1);

        Assert.Equal("OK", await client.CallAsync("SET", "k", "after"));
        Assert.Equal("after", old["k"]);
        Assert.Equal(0, route.Counters.Failovers);
    }
}
