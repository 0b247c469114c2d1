using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Clients that say nothing for long, and have a right to.
public sealed class IdleClientsTests
{
    [Fact]
    public async Task Whoever_is_silent_blocked_or_listening_for_an_hour_is_not_cut_off()
    {
        var time = new ManualTime();
        await using var server = await RedisServer.StartAsync();
        var upstream = new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", server.Port)] };
        await using var route = new RunningRedisRoute(upstream, new RedisOptions(), time);
        await using var silent = await route.ConnectAsync();
        await using var blocked = await route.ConnectAsync();
        await using var listening = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();
        Assert.Equal("PONG", await silent.CallAsync("PING"));
        Assert.Equal("subscribe|news|:1", await listening.CallAsync("SUBSCRIBE", "news"));
        await blocked.SendAsync("BLPOP", "queue", "0");
        await Eventually.TrueAsync(async () => (await server.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));

        for (int minute = 0; minute < 60; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            for (int turn = 0; turn < 3; turn++)
                Assert.Equal("PONG", await other.CallAsync("PING"));
        }

        Assert.Equal(":1", await other.CallAsync("RPUSH", "queue", "v"));
        Assert.Equal("queue|v", await blocked.ReadAsync());
        Assert.Equal(":1", await other.CallAsync("PUBLISH", "news", "late"));
        Assert.Equal("message|news|late", await listening.ReadAsync());
        Assert.Equal("PONG", await silent.CallAsync("PING"));
        Assert.Equal(0, route.Counters.FateUnknown);
    }
}
