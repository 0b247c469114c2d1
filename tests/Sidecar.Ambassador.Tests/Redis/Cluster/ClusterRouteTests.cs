using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Routes;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// A client that knows nothing of clusters, in front of a real one.
public sealed class ClusterRouteTests(ThreeMasters masters) : IClassFixture<ThreeMasters>
{
    private RedisCluster Cluster => masters.Cluster;

    [Fact]
    public async Task Each_key_is_found_on_the_node_that_has_its_slot()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        for (int i = 0; i < 100; i++)
            Assert.Equal("OK", await client.CallAsync("SET", Key(i), Text(i)));

        for (int i = 0; i < 100; i++)
        {
            var owner = await Cluster.OwnerAsync(KeySlot.Of(System.Text.Encoding.ASCII.GetBytes(Key(i))));
            Assert.Equal(Text(i), await owner.CallAsync("GET", Key(i)));
            Assert.Equal(Text(i), await client.CallAsync("GET", Key(i)));
        }
        Assert.Equal(0, route.Counters.Redirected);
    }

    [Theory]
    [InlineData("k")]
    [InlineData("")]
    [InlineData("{user}.name")]
    [InlineData("a{user}b{other}")]
    [InlineData("{}x")]
    [InlineData("{open")]
    [InlineData("{{x}}")]
    [InlineData("\u00ff\u0000\u00fe")]
    public async Task A_key_is_in_the_slot_that_Redis_says(string key)
    {
        Assert.Equal(await RedisCluster.SlotOfAsync(Cluster.Masters[0], key), KeySlot.Of(System.Text.Encoding.Latin1.GetBytes(key)));
    }

    [Fact]
    public async Task A_pipeline_over_all_nodes_is_answered_in_its_order()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        const int Count = 5000;

        var sending = SendAsync(client, Count);

        for (int i = 0; i < Count; i++)
        {
            Assert.Equal("OK", await client.ReadAsync());
            Assert.Equal(Text(i), await client.ReadAsync());
            Assert.Equal($":{i + 1}", await client.ReadAsync());
        }
        await sending;
    }

    [Fact]
    public async Task Replies_too_large_to_keep_come_in_their_turn_too()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        string[] values = [.. Enumerable.Range(0, 12).Select(i => new string((char)('a' + i), 700_000))];
        for (int i = 0; i < values.Length; i++)
            Assert.Equal("OK", await client.CallAsync("SET", "large" + Text(i), values[i]));

        for (int i = 0; i < values.Length; i++)
            await client.SendAsync("GET", "large" + Text(i));

        for (int i = 0; i < values.Length; i++)
            Assert.Equal(values[i], await client.ReadAsync());
    }

    [Fact]
    public async Task A_client_that_reads_nothing_for_a_while_gets_all_of_it_from_every_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await client.CallAsync("HELLO", "3");
        await client.CallAsync("CLIENT", "SETNAME", "slow");
        string value = new('v', 500_000);
        foreach (string key in new[] { "{a}slow", "{b}slow", "{c}slow" })
            Assert.Equal("OK", await client.CallAsync("SET", key, value));

        for (int i = 0; i < 60; i++)
            await client.SendAsync("GET", i % 3 == 0 ? "{a}slow" : i % 3 == 1 ? "{b}slow" : "{c}slow");
        await Eventually.TrueAsync(() => Task.FromResult(route.Listener.MostBytesHeld() > 4_000_000));

        for (int i = 0; i < 60; i++)
            Assert.Equal(value, await client.ReadAsync());
        Assert.Equal(0, route.Counters.ClientsCut);
    }

    [Fact]
    public async Task A_value_that_is_passed_on_while_it_arrives_reaches_its_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        string value = new('v', 8 * 1024 * 1024);

        for (int i = 0; i < 3; i++)
            Assert.Equal("OK", await client.CallAsync("SET", "huge" + Text(i), value));

        for (int i = 0; i < 3; i++)
            Assert.Equal($":{value.Length}", await client.CallAsync("STRLEN", "huge" + Text(i)));
    }

    [Fact]
    public async Task Any_seed_is_enough_and_one_that_is_away_does_no_harm()
    {
        var seed = new RedisRoute
        {
            Name = "cache",
            Hosts = [new HostPort("127.0.0.1", ServerProcess.FreePort()), new HostPort("127.0.0.1", Cluster.Masters[2].Port)],
            IsCluster = true,
        };
        await using var route = new RunningRedisRoute(seed, new RedisOptions());
        await using var client = await route.ConnectAsync();

        for (int i = 0; i < 20; i++)
            Assert.Equal("OK", await client.CallAsync("SET", Key(i), Text(i)));
    }

    [Fact]
    public async Task A_server_that_is_no_cluster_is_said_to_be_none()
    {
        await using var server = await RedisServer.StartAsync();
        var seed = new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", server.Port)], IsCluster = true };
        await using var route = new RunningRedisRoute(seed, new RedisOptions { QueueTimeout = TimeSpan.FromMilliseconds(300) });
        await using var client = await route.ConnectAsync();

        foreach (string value in (string[])["v", new string('v', 3_000_000), "v"])
        {
            string reply = await client.CallAsync("SET", "k", value);

            Assert.Equal("-ERR no upstream (none of 1 nodes tells the cluster's slots: ERR This instance has cluster support disabled); the command was not executed", reply);
        }
    }

    [Fact]
    public async Task Keys_of_several_slots_are_refused_in_the_words_of_Redis()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        Assert.Equal("-CROSSSLOT Keys in request don't hash to the same slot", await client.CallAsync("SINTER", "a", "b"));
        Assert.Equal("-CROSSSLOT Keys in request don't hash to the same slot", await client.CallAsync("MSETNX", "a", "1", "b", "2"));
        Assert.Equal("-ERR SELECT is not allowed in cluster mode", await client.CallAsync("SELECT", "1"));
        Assert.Equal("OK", await client.CallAsync("SELECT", "0"));
        Assert.Equal(":0", await client.CallAsync("SINTERCARD", "2", "{t}a", "{t}b"));
    }

    private static async Task SendAsync(RedisWire client, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await client.SendAsync("SET", Key(i), Text(i));
            await client.SendAsync("GET", Key(i));
            await client.SendAsync("INCR", Key(i));
        }
    }

    private static string Key(int i) => "key:" + Text(i);

    private static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
}
