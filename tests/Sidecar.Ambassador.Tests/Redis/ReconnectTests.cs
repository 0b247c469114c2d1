using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Many clients, each with an upstream connection of its own, and a server that goes and comes back.
public sealed class ReconnectTests
{
    private const int Clients = 200;

    [Fact]
    public async Task A_server_that_comes_back_is_not_stormed_by_those_who_wait_for_it()
    {
        await using var server = await RedisServer.StartAsync("--maxclients", "1000");
        await using var route = RunningRedisRoute.To(server, new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(30) });
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => route.ConnectAsync()));
        foreach (var client in clients)
            Assert.Equal("OK", await client.CallAsync("CLIENT", "SETNAME", "app"));

        await server.KillAsync();
        var answers = clients.Select((client, number) => client.CallAsync("SET", $"k:{number}", "v")).ToList();
        await Eventually.TrueAsync(() => route.Counters.ConnectsFailed > 0);
        long before = route.Counters.ConnectsFailed;
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        long attempts = route.Counters.ConnectsFailed - before;
        await server.StartAgainAsync();

        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal("OK", answer));
        Assert.InRange(attempts, 1, 80);
        string stats = await server.CallAsync("INFO", "stats");
        string taken = stats.Split("\r\n").Single(line => line.StartsWith("total_connections_received:", StringComparison.Ordinal)).Split(':')[1];
        Assert.InRange(int.Parse(taken, CultureInfo.InvariantCulture), Clients, Clients + 40);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task No_more_than_a_few_connections_are_made_at_a_time()
    {
        await using var server = new RedisStandIn();
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions());
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => route.ConnectAsync()));
        Assert.Equal("OK", await clients[0].CallAsync("SET", "k", "v"));

        server.BeSilent();
        int taken = server.Connections;
        var answers = clients.Select(client => client.CallAsync("CLIENT", "SETNAME", "app")).ToList();
        await Eventually.TrueAsync(() => server.Connections >= taken + 32);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
        int atATime = server.Connections - taken;
        server.Speak();

        Assert.InRange(atATime, 32, 34);
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal("OK", answer));
        foreach (var client in clients)
            await client.DisposeAsync();
    }
}
