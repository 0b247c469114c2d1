using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// What changes a client's connection, blocks it or speaks when it likes, where there are several nodes.
public sealed class ClusterStateTests(ThreeMasters masters) : IClassFixture<ThreeMasters>
{
    private static readonly string[] Tags = ["{a}", "{b}", "{c}"];

    private RedisCluster Cluster => masters.Cluster;

    [Fact]
    public async Task A_client_that_blocks_is_woken_by_a_push_on_its_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();

        foreach (string tag in Tags)
        {
            await client.SendAsync("BLPOP", tag + "list", "0");
            await client.SendAsync("PING");
            Assert.Equal(":1", await other.CallAsync("RPUSH", tag + "list", "v"));
            Assert.Equal($"{tag}list|v", await client.ReadAsync());
            Assert.Equal("PONG", await client.ReadAsync());
        }
        Assert.Equal("(nil)", await client.CallAsync("BLMPOP", "0.01", "1", "{c}none", "LEFT"));
        Assert.Equal("(nil)", await client.CallAsync("XREAD", "BLOCK", "10", "STREAMS", "{b}stream", "$"));
    }

    [Fact]
    public async Task A_blocked_client_follows_its_slot()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var route = RunningRedisRoute.To(cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();
        int slot = Ambassador.Redis.Cluster.KeySlot.Of("q"u8);
        var from = await cluster.OwnerAsync(slot);
        await client.SendAsync("BLPOP", "q", "0");
        await Eventually.TrueAsync(async () => (await from.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));

        await cluster.MigrateAsync(slot, from, cluster.Masters.First(node => node != from));
        Assert.Equal(":1", await other.CallAsync("RPUSH", "q", "v"));

        Assert.Equal("q|v", await client.ReadAsync());
    }

    [Fact]
    public async Task RESP3_and_a_name_hold_on_every_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Contains("mode|cluster", await client.CallAsync("HELLO", "3"), StringComparison.Ordinal);
        Assert.Equal("OK", await client.CallAsync("CLIENT", "SETNAME", "app"));

        foreach (string tag in Tags)
        {
            Assert.Equal(":1", await client.CallAsync("HSET", tag + "hash", "f", "v"));
            await client.SendAsync("HGETALL", tag + "hash");
            Assert.Equal((byte)'%', (await client.ReadRawAsync(TestContext.Current.CancellationToken))[0]);
            Assert.Equal(":1", await client.CallAsync("DEL", tag + "hash"));
        }
        Assert.Equal("OK", await client.CallAsync("MSET", "{a}1", "1", "{b}1", "2", "{c}1", "3"));
        Assert.Equal("1|(nil)|3", await client.CallAsync("MGET", "{a}1", "none", "{c}1"));
        foreach (var node in Cluster.Masters)
            Assert.Contains("name=app", await node.CallAsync("CLIENT", "LIST"), StringComparison.Ordinal);
        Assert.StartsWith("server|redis", await client.CallAsync("HELLO", "2"), StringComparison.Ordinal);
        await client.SendAsync("HGETALL", "{c}none");
        Assert.Equal((byte)'*', (await client.ReadRawAsync(TestContext.Current.CancellationToken))[0]);
    }

    [Fact]
    public async Task A_name_that_is_given_while_another_node_is_asked_loses_no_reply()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.StartsWith("id=", await client.CallAsync("CLIENT", "INFO"), StringComparison.Ordinal);

        foreach (string tag in Tags)
        {
            await client.SendAsync("SET", tag + "k", "v");
            await client.SendAsync("GET", tag + "k");
            await client.SendAsync("CLIENT", "SETNAME", "app");
            await client.SendAsync("GET", tag + "k");

            Assert.Equal("OK", await client.ReadAsync());
            Assert.Equal("v", await client.ReadAsync());
            Assert.Equal("OK", await client.ReadAsync());
            Assert.Equal("v", await client.ReadAsync());
        }
    }

    [Fact]
    public async Task What_comes_behind_a_command_that_blocks_is_executed_behind_it_whatever_its_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();
        await other.CallAsync("DEL", "{a}done", "{b}done", "{c}done", "{a}wait");

        await client.SendAsync("BLPOP", "{a}wait", "0");
        foreach (string tag in Tags)
            await client.SendAsync("SET", tag + "done", "1");
        await Eventually.TrueAsync(() => route.Counters.OwnLinks > 0);
        Assert.Equal("(nil)|(nil)|(nil)", await other.CallAsync("MGET", "{a}done", "{b}done", "{c}done"));
        await other.CallAsync("RPUSH", "{a}wait", "v");

        Assert.Equal("{a}wait|v", await client.ReadAsync());
        foreach (string _ in Tags)
            Assert.Equal("OK", await client.ReadAsync());
        Assert.Equal("1|1|1", await other.CallAsync("MGET", "{a}done", "{b}done", "{c}done"));
    }

    [Fact]
    public async Task Keys_of_several_nodes_can_t_be_tracked()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await client.CallAsync("HELLO", "3");

        Assert.StartsWith("-ERR the ambassador can't let you track", await client.CallAsync("CLIENT", "TRACKING", "on", "BCAST"), StringComparison.Ordinal);

        Assert.Equal("OK", await client.CallAsync("CLIENT", "TRACKING", "OFF"));
    }

    [Fact]
    public async Task A_script_that_one_node_does_not_know_is_sent_again_with_its_body()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        const string Body = "return {KEYS[1], ARGV[1]}";
        Assert.Equal("{a}k|x", await client.CallAsync("EVAL", Body, "1", "{a}k", "x"));
        const string Sum = "d006f1a90249474274c76f5be725b8f5804a346b";
        Assert.Equal("OK", await client.CallAsync("FUNCTION", "FLUSH"));
        Assert.StartsWith("-ERR SCRIPT FLUSH only support", await client.CallAsync("SCRIPT", "FLUSH", "LATER"), StringComparison.Ordinal);

        foreach (string tag in Tags)
            Assert.Equal($"{tag}k|y", await client.CallAsync("EVALSHA", Sum, "1", tag + "k", "y"));
        Assert.Equal("OK", await client.CallAsync("SCRIPT", "FLUSH"));
        Assert.StartsWith("-NOSCRIPT", await client.CallAsync("EVALSHA", Sum, "1", "{b}k", "y"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_fails_as_if_its_node_had_refused_it_is_executed_once()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        const string Body = "redis.call('INCR', KEYS[1]); error({err = 'TRYAGAIN later'})";
        await client.CallAsync("DEL", "{b}once");

        Assert.StartsWith("-TRYAGAIN later script: ", await client.CallAsync("EVAL", Body, "1", "{b}once"), StringComparison.Ordinal);

        Assert.Equal("1", await client.CallAsync("GET", "{b}once"));
    }

    [Fact]
    public async Task A_subscriber_hears_what_anybody_publishes_on_any_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var subscriber = await route.ConnectAsync();
        await using var publisher = await route.ConnectAsync();
        Assert.Equal("subscribe|news|:1", await subscriber.CallAsync("SUBSCRIBE", "news"));

        Assert.Equal(":1", await publisher.CallAsync("PUBLISH", "news", "through"));
        Assert.Equal("message|news|through", await subscriber.ReadAsync());
        foreach (var node in Cluster.Masters)
        {
            await node.CallAsync("PUBLISH", "news", "direct");
            Assert.Equal("message|news|direct", await subscriber.ReadAsync());
        }
        foreach (string tag in Tags)
            Assert.StartsWith("-ERR Can't execute 'object|encoding': only (P|S)SUBSCRIBE", await subscriber.CallAsync("Object", "encoding", tag + "k"), StringComparison.Ordinal);
        Assert.Equal("unsubscribe|news|:0", await subscriber.CallAsync("UNSUBSCRIBE"));
        Assert.Equal("(nil)", await subscriber.CallAsync("GET", "{b}of nobody"));
    }

    [Fact]
    public async Task A_shard_channel_is_subscribed_to_on_the_node_of_its_slot()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var publisher = await route.ConnectAsync();

        foreach (string tag in Tags)
        {
            await using var subscriber = await route.ConnectAsync();
            Assert.Equal($"ssubscribe|{tag}news|:1", await subscriber.CallAsync("SSUBSCRIBE", tag + "news"));
            Assert.Equal(":1", await publisher.CallAsync("SPUBLISH", tag + "news", "hello"));
            Assert.Equal($"smessage|{tag}news|hello", await subscriber.ReadAsync());
        }
        await using var another = await route.ConnectAsync();
        Assert.Equal("ssubscribe|{a}news|:1", await another.CallAsync("SSUBSCRIBE", "{a}news"));
        Assert.StartsWith("-ERR the ambassador subscribes on one node", await another.CallAsync("SSUBSCRIBE", "{b}news"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task READONLY_and_its_like_change_nothing()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("READONLY"));
        Assert.Equal("OK", await client.CallAsync("READWRITE"));
        Assert.Equal("OK", await client.CallAsync("ASKING"));
        Assert.Equal("-ERR wrong number of arguments for 'readonly' command", await client.CallAsync("READONLY", "x"));
    }

    [Fact]
    public async Task WAIT_is_about_the_node_that_the_client_wrote_to()
    {
        await using var cluster = await RedisCluster.StartAsync(masters: 3, replicas: 1);
        await using var route = RunningRedisRoute.To(cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        foreach (string tag in Tags)
        {
            Assert.Equal("OK", await client.CallAsync("SET", tag + "k", "v"));
            Assert.Equal(":1", await client.CallAsync("WAIT", "1", "5000"));
        }
    }

    [Fact]
    public async Task The_route_logs_in_to_every_node()
    {
        await using var cluster = await RedisCluster.StartAsync(settings: ["--requirepass", "secret", "--masterauth", "secret"]);
        await using var route = RunningRedisRoute.To(cluster, new RedisOptions(), new RouteCredentials(null, () => "secret"));
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("AUTH", "anything"));
        foreach (string tag in Tags)
            Assert.Equal("OK", await client.CallAsync("SET", tag + "k", "v"));
        Assert.Null(route.Trouble);
    }

    [Fact]
    public async Task An_app_that_logs_in_itself_is_let_in_by_every_node()
    {
        await using var cluster = await RedisCluster.StartAsync(settings: ["--requirepass", "secret", "--masterauth", "secret"]);
        await using var route = RunningRedisRoute.To(cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        Assert.Equal("-NOAUTH Authentication required.", await client.CallAsync("GET", "{b}k"));
        Assert.StartsWith("-WRONGPASS", await client.CallAsync("AUTH", "wrong"), StringComparison.Ordinal);
        Assert.Equal("OK", await client.CallAsync("AUTH", "secret"));
        foreach (string tag in Tags)
            Assert.Equal("OK", await client.CallAsync("SET", tag + "k", "v"));
        await Eventually.TrueAsync(() => Task.FromResult(route.Trouble is null));
    }
}
