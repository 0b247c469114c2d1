using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

public sealed class PubSubTests
{
    [Theory]
    [InlineData("2")]
    [InlineData("3")]
    public async Task Subscriptions_survive_the_loss_of_the_connection_and_the_client_hears_nothing_of_it(string protocol)
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var subscriber = await route.ConnectAsync();
        await subscriber.CallAsync("HELLO", protocol);
        await subscriber.SendAsync("SUBSCRIBE", "a", "b", "a");
        for (int i = 0; i < 3; i++)
            Assert.StartsWith("subscribe|", await subscriber.ReadAsync());
        Assert.Equal("psubscribe|c*|:3", await subscriber.CallAsync("PSUBSCRIBE", "c*"));
        Assert.Equal("ssubscribe|d|:1", await subscriber.CallAsync("SSUBSCRIBE", "d"));
        Assert.Equal("unsubscribe|b|:2", await subscriber.CallAsync("UNSUBSCRIBE", "b"));

        Assert.Equal(":1", await server.CallAsync("CLIENT", "KILL", "TYPE", "pubsub"));
        await Eventually.TrueAsync(async () => await server.CallAsync("PUBSUB", "NUMPAT") == ":1");
        Assert.Equal("a", await server.CallAsync("PUBSUB", "CHANNELS"));
        Assert.Equal("d", await server.CallAsync("PUBSUB", "SHARDCHANNELS"));

        Assert.Equal(":1", await server.CallAsync("PUBLISH", "a", "one"));
        Assert.Equal(":1", await server.CallAsync("PUBLISH", "cc", "two"));
        Assert.Equal(":1", await server.CallAsync("SPUBLISH", "d", "three"));
        Assert.Equal("message|a|one", await subscriber.ReadAsync());
        Assert.Equal("pmessage|c*|cc|two", await subscriber.ReadAsync());
        Assert.Equal("smessage|d|three", await subscriber.ReadAsync());
        Assert.Equal("unsubscribe|a|:1", await subscriber.CallAsync("UNSUBSCRIBE"));
    }

    [Fact]
    public async Task Who_unsubscribes_from_everything_shares_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var shares = await route.ConnectAsync();
        await using var client = await route.ConnectAsync();
        Assert.Equal("PONG", await shares.CallAsync("PING"));
        string before = await shares.CallAsync("CLIENT", "LIST");

        Assert.Equal("subscribe|a|:1", await client.CallAsync("SUBSCRIBE", "a"));
        Assert.StartsWith("-ERR Can't execute 'multi'", await client.CallAsync("MULTI"));
        Assert.StartsWith("-ERR Can't execute 'auth'", await client.CallAsync("AUTH", "x"));
        Assert.Equal("pong|", await client.CallAsync("PING"));
        Assert.Equal("unsubscribe|a|:0", await client.CallAsync("UNSUBSCRIBE"));
        Assert.Equal("unsubscribe|(nil)|:0", await client.CallAsync("UNSUBSCRIBE"));
        string after = await client.CallAsync("CLIENT", "LIST");

        Assert.Contains("cmd=client|list", after);
        Assert.Equal(before.Split(' ')[0], after.Split('\n').Single(line => line.Contains("cmd=client|list", StringComparison.Ordinal)).Split(' ')[0]);
    }

    [Fact]
    public async Task A_client_of_RESP3_goes_on_with_its_commands_while_it_is_subscribed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await client.CallAsync("HELLO", "3");

        await client.SendAsync("SUBSCRIBE", "a", "b");
        await client.SendAsync("SET", "k", "1");
        await client.SendAsync("MULTI");
        await client.SendAsync("INCR", "k");
        await client.SendAsync("EXEC");
        await client.SendAsync("PUBLISH", "a", "hello");
        await client.SendAsync("RPUSH", "list", "subscribe", "a", "1");
        await client.SendAsync("LRANGE", "list", "0", "-1");

        foreach (string expected in (string[])["subscribe|a|:1", "subscribe|b|:2", "OK", "OK", "QUEUED", ":2"])
            Assert.Equal(expected, await client.ReadAsync());
        var last = new List<string> { await client.ReadAsync(), await client.ReadAsync(), await client.ReadAsync(), await client.ReadAsync() };
        Assert.Contains("message|a|hello", last);
        Assert.Equal([":1", ":3", "subscribe|a|1"], last.Where(reply => reply != "message|a|hello"));
    }

    [Fact]
    public async Task Large_messages_pass_between_the_replies()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var subscriber = await route.ConnectAsync();
        string large = new('m', 3_000_000);
        Assert.Equal("subscribe|a|:1", await subscriber.CallAsync("SUBSCRIBE", "a"));

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(":1", await server.CallAsync("PUBLISH", "a", large));
            await subscriber.SendAsync("PING", "now");
            var heard = new List<string> { await subscriber.ReadAsync(), await subscriber.ReadAsync() };
            Assert.Contains("message|a|" + large, heard);
            Assert.Contains("pong|now", heard);
        }
    }

    [Fact]
    public async Task What_is_invalidated_reaches_the_client_that_tracks_it()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await client.CallAsync("HELLO", "3");
        Assert.Equal("OK", await client.CallAsync("CLIENT", "TRACKING", "ON"));
        Assert.Equal("(nil)", await client.CallAsync("GET", "k"));

        await server.CallAsync("SET", "k", "v");

        Assert.Equal("invalidate|k", await client.ReadAsync());
        Assert.Equal("v", await client.CallAsync("GET", "k"));
    }
}
