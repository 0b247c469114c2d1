using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Commands that wait for a server that is away, those of clients who don't wait, and those for which there is no room.
public sealed class WaitingCommandsTests
{
    [Fact]
    public async Task A_command_that_waits_dies_with_its_client()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(30) });
        await using var stays = await route.ConnectAsync();
        Assert.Equal("PONG", await stays.CallAsync("PING"));
        await server.KillAsync();
        await Eventually.TrueAsync(() => route.Trouble is not null);

        await using (var leaves = await route.ConnectAsync())
        {
            await leaves.SendAsync("SET", "left", "1");
            await Eventually.TrueAsync(() => Volatile.Read(ref route.Counters.Waiting) == 1);
        }
        await Eventually.TrueAsync(() => Volatile.Read(ref route.Counters.Waiting) == 0);
        var answer = stays.CallAsync("SET", "stayed", "1");
        await server.StartAgainAsync();

        Assert.Equal("OK", await answer);
        Assert.Equal("stayed", await server.CallAsync("KEYS", "*"));
    }

    [Fact]
    public async Task For_what_there_is_no_room_there_is_an_error_at_once_and_what_waits_waits_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(30), QueueBytes = 64 * 1024 });
        var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => route.ConnectAsync()));
        Assert.Equal("PONG", await clients[0].CallAsync("PING"));
        await server.KillAsync();
        await Eventually.TrueAsync(() => route.Trouble is not null);

        var answers = clients.Select((client, number) => client.CallAsync("SET", Key(number), new string('x', 15_000))).ToList();
        await Eventually.TrueAsync(() => answers.Count(answer => answer.IsCompleted) == 6, TimeSpan.FromSeconds(10));
        var refused = await Task.WhenAll(answers.Where(answer => answer.IsCompleted));
        await server.StartAgainAsync();

        Assert.All(refused, answer => Assert.StartsWith("-ERR", answer));
        Assert.Equal(4, (await Task.WhenAll(answers)).Count(answer => answer == "OK"));
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_of_its_own_that_holds_nothing_of_the_client_any_more_is_given_back(bool isCluster)
    {
        var options = new RedisOptions { IdleOwn = TimeSpan.FromMilliseconds(300) };
        await using var cluster = isCluster ? await RedisCluster.StartAsync() : null;
        await using var server = isCluster ? null : await RedisServer.StartAsync();
        await using var route = cluster is not null ? RunningRedisRoute.To(cluster, options) : RunningRedisRoute.To(server!, options);
        await using var client = await route.ConnectAsync();
        await using var watching = await route.ConnectAsync();
        Assert.Equal("OK", await watching.CallAsync("WATCH", "k"));

        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await client.CallAsync("SET", "k", "1"));
        Assert.Equal("OK", await client.CallAsync("EXEC"));
        await Eventually.TrueAsync(() => Volatile.Read(ref route.Counters.OwnLinks) == 1);

        Assert.Equal("1", await client.CallAsync("GET", "k"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await client.CallAsync("INCR", "k"));
        Assert.Equal(":2", await client.CallAsync("EXEC"));
        // What was watched has changed, however long ago.
        Assert.Equal("OK", await watching.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await watching.CallAsync("SET", "k", "9"));
        Assert.Equal("(nil)", await watching.CallAsync("EXEC"));
    }

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"k:{number}");
}
