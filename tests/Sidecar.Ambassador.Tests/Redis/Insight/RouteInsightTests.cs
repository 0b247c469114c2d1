using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Insight;

/// What the status page and the metrics say of a Redis route.
public sealed class RouteInsightTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Slower = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_slow_command_is_shown_with_its_key_and_never_with_a_value()
    {
        await using var server = new RedisStandIn { Delay = Slower };
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions { SlowAfter = Slow });
        await using var client = await route.ConnectAsync();

        await client.CallAsync("SET", "order:1", "secret");
        await client.CallAsync("EVAL", "return 'secret'", "1", "script:key", "secret");
        await client.CallAsync("ECHO", "secret");
        await client.CallAsync("AUTH", "secret");

        Assert.Equal(["AUTH", "ECHO", "EVAL script:key", "SET order:1"], Commands(route));
        Assert.DoesNotContain("secret", route.Listener.Status().ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_are_shown_when_the_route_says_so_but_no_password()
    {
        await using var server = new RedisStandIn { Delay = Slower };
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions { SlowAfter = Slow, ShowsArguments = true });
        await using var client = await route.ConnectAsync();

        await client.CallAsync("SET", "order:1", "a value");
        await client.CallAsync(["MGET", .. Enumerable.Range(0, 20).Select(number => $"k{number}")]);
        await client.CallAsync("auth", "secret");

        string many = "MGET " + string.Join(' ', Enumerable.Range(0, 15).Select(number => $"k{number}")) + " ... 5 more";
        Assert.Equal(["auth", many, "SET order:1 a?value"], Commands(route));
    }

    [Fact]
    public async Task A_command_that_blocks_by_right_is_not_slow()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { SlowAfter = Slow });
        await using var client = await route.ConnectAsync();

        Assert.Equal("(nil)", await client.CallAsync("BLPOP", "queue", "0.1"));

        Assert.DoesNotContain(Commands(route), command => command.StartsWith("BLPOP", StringComparison.Ordinal));
        Assert.Equal(1, route.Listener.Status()["latency"]!["blocking"]!["commands"]!.GetValue<long>());
    }

    [Fact]
    public async Task After_a_change_of_master_the_status_tells_who_it_is_since_when_and_how_it_came()
    {
        await using var old = new RedisStandIn();
        await using var next = new RedisStandIn { Role = "slave" };
        await using var sentinel = new SentinelStandIn(old.Port);
        await using var route = sentinel.Route(new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        var first = route.Listener.Status();

        await sentinel.SayAsync("+try-failover");
        await Eventually.TrueAsync(() => route.Counters.Handovers == 1);
        next.Role = "master";
        await sentinel.SayAsync("+selected-slave", next.Port);
        await Eventually.TrueAsync(() => route.Counters.Failovers == 1);
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));

        var status = route.Listener.Status();
        string[] events = [.. status["events"]!.AsArray().Select(one => one!["what"]!.GetValue<string>())];
        Assert.StartsWith($"127.0.0.1:{next.Port}", status["address"]!.GetValue<string>());
        Assert.True(string.CompareOrdinal(first["since"]!.GetValue<string>(), status["since"]!.GetValue<string>()) < 0);
        Assert.Equal(status["since"]!.GetValue<string>(), status["moved_at"]!.GetValue<string>());
        string[] story =
        [
            "the Sentinels say that the master is", "connected to", "says +try-failover", "a change of master is announced",
            "says +selected-slave", "was chosen and says that it is master", "moved from", "connected to",
        ];
        int found = 0;
        foreach (string one in events)
            found += found < story.Length && one.Contains(story[found], StringComparison.Ordinal) ? 1 : 0;
        Assert.True(found == story.Length, string.Join('\n', events));
    }

    [Fact]
    public async Task Latencies_lanes_own_connections_and_what_waits_are_metrics()
    {
        await using var server = new RedisStandIn();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"redis://127.0.0.1:{server.Port}");
        await using var running = ambassador;
        await using var client = await RedisWire.ConnectAsync(port);
        await using var named = await RedisWire.ConnectAsync(port);
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        Assert.Equal("v", await client.CallAsync("GET", "k"));
        Assert.Equal("OK", await named.CallAsync("CLIENT", "SETNAME", "app"));

        await Eventually.TrueAsync(() => Observed("redis.connections.own.open", "") == 1);

        Assert.Equal(1, Observed("redis.connections.shared", ""));
        Assert.Equal(0, Observed("redis.commands.waiting", ""));
        Assert.Equal(1, Observed("redis.duration.bucket", ",class=write,le=+Inf"));
        Assert.Equal(1, Observed("redis.duration.bucket", ",class=read,le=+Inf"));
        Assert.Equal(1, Observed("redis.duration.bucket", ",class=connection,le=+Inf"));

        long Observed(string name, string labels) => ambassador.Observe($"sidecar.ambassador.{name}{{route=x{labels}}}");
    }

    private static string[] Commands(RunningRedisRoute route) =>
        [.. route.Listener.Status()["slow"]!.AsArray().Select(entry => entry!["command"]!.GetValue<string>()).Where(command => command is not ("COMMAND" or "PING"))];
}
