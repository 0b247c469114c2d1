using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// Commands whose keys, or whose data, are on several nodes.
public sealed class SpreadCommandsTests(ThreeMasters masters) : IClassFixture<ThreeMasters>, IAsyncLifetime
{
    private RunningRedisRoute _route = null!;
    private RedisWire _client = null!;

    public async ValueTask InitializeAsync()
    {
        _route = RunningRedisRoute.To(masters.Cluster, new RedisOptions());
        _client = await _route.ConnectAsync();
        Assert.Equal("OK", await _client.CallAsync("FLUSHALL"));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _route.DisposeAsync();
    }

    [Fact]
    public async Task MSET_and_MGET_keep_the_order_of_their_keys()
    {
        string[] keys = [.. Enumerable.Range(0, 50).Select(i => "k" + i.ToString(CultureInfo.InvariantCulture))];

        Assert.Equal("OK", await _client.CallAsync(["MSET", .. keys.SelectMany(key => new[] { key, "v" + key })]));

        Assert.Equal(string.Join('|', keys.Select(key => "v" + key)), await _client.CallAsync(["MGET", .. keys]));
        Assert.Equal("vk3|(nil)|vk1|vk3|(nil)", await _client.CallAsync("MGET", "k3", "none", "k1", "k3", "nothing"));
        Assert.Equal("vk7", await _client.CallAsync("MGET", "k7"));
    }

    [Fact]
    public async Task Counts_of_all_nodes_are_added_up()
    {
        await _client.CallAsync("MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5");

        Assert.Equal(":5", await _client.CallAsync("DBSIZE"));
        Assert.Equal(":4", await _client.CallAsync("EXISTS", "a", "b", "c", "c", "none"));
        Assert.Equal(":3", await _client.CallAsync("TOUCH", "a", "d", "e", "none"));
        Assert.Equal(":2", await _client.CallAsync("DEL", "a", "b", "none"));
        Assert.Equal(":2", await _client.CallAsync("UNLINK", "c", "d", "none"));
        Assert.Equal("e", await _client.CallAsync("KEYS", "*"));
        Assert.Equal("e", await _client.CallAsync("RANDOMKEY"));
        Assert.Equal("OK", await _client.CallAsync("FLUSHDB", "ASYNC"));
        Assert.Equal(":0", await _client.CallAsync("DBSIZE"));
        Assert.Equal("(nil)", await _client.CallAsync("RANDOMKEY"));
    }

    [Fact]
    public async Task A_key_that_fails_is_an_error_in_its_place_of_MGET_and_in_no_other()
    {
        foreach (var node in masters.Cluster.Masters)
            await node.CallAsync("ACL", "SETUSER", "some", "on", ">secret", "+@all", "~a*");
        await _client.CallAsync("MSET", "a1", "1", "b", "2", "a2", "3");
        await using var client = await _route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("AUTH", "some", "secret"));

        string reply = await client.CallAsync("MGET", "a1", "b", "a2");

        Assert.Equal("1|-NOPERM this user has no permissions to access one of the keys used as arguments|3", reply);
    }

    [Fact]
    public async Task What_the_server_would_refuse_it_refuses()
    {
        Assert.Equal("-ERR wrong number of arguments for 'mset' command", await _client.CallAsync("MSET", "a", "1", "b"));
        Assert.Equal("-ERR wrong number of arguments for 'mget' command", await _client.CallAsync("MGET"));
        Assert.Equal("-ERR syntax error", await _client.CallAsync("FLUSHALL", "NOW"));
        Assert.Equal("-ERR invalid cursor", await _client.CallAsync("SCAN", "x"));
        Assert.Equal("-ERR syntax error", await _client.CallAsync("SCAN", "0", "COUNT", "0"));
        Assert.Equal("-ERR wrong number of arguments for 'dbsize' command", await _client.CallAsync("DBSIZE", "x"));
    }

    [Theory]
    [InlineData("10")]
    [InlineData("1")]
    [InlineData("100000")]
    public async Task A_SCAN_with_its_cursor_sees_every_key_of_every_master(string count)
    {
        string[] keys = [.. Enumerable.Range(0, 1000).Select(i => "s" + i.ToString(CultureInfo.InvariantCulture))];
        await _client.CallAsync(["MSET", .. keys.SelectMany(key => new[] { key, "v" })]);

        var seen = new HashSet<string>(StringComparer.Ordinal);
        string cursor = "0";
        int calls = 0;
        do
        {
            string[] reply = (await _client.CallAsync("SCAN", cursor, "MATCH", "s*", "COUNT", count)).Split('|');
            cursor = reply[0];
            seen.UnionWith(reply.Skip(1).Where(key => key.Length > 0));
            Assert.InRange(++calls, 1, 5000);
        }
        while (cursor != "0");

        Assert.True(seen.SetEquals(keys));
    }

    [Fact]
    public async Task Scripts_and_functions_are_loaded_on_all_masters()
    {
        const string Body = "return redis.call('GET', KEYS[1])";
        string sha = await _client.CallAsync("SCRIPT", "LOAD", Body);
        await _client.CallAsync("MSET", "a", "1", "b", "2", "c", "3", "d", "4");

        foreach (var (key, value) in new[] { ("a", "1"), ("b", "2"), ("c", "3"), ("d", "4") })
            Assert.Equal(value, await _client.CallAsync("EVALSHA", sha, "1", key));
        Assert.Equal(":1|:0", await _client.CallAsync("SCRIPT", "EXISTS", sha, "0000000000000000000000000000000000000000"));
        await masters.Cluster.Masters[1].CallAsync("SCRIPT", "FLUSH");
        Assert.Equal(":0", await _client.CallAsync("SCRIPT", "EXISTS", sha));
        Assert.Equal("lib", await _client.CallAsync("FUNCTION", "LOAD", "REPLACE", "#!lua name=lib\nredis.register_function('f', function(keys) return redis.call('GET', keys[1]) end)"));
        foreach (var (key, value) in new[] { ("a", "1"), ("b", "2"), ("c", "3"), ("d", "4") })
            Assert.Equal(value, await _client.CallAsync("FCALL", "f", "1", key));
        Assert.Equal("OK", await _client.CallAsync("FUNCTION", "DELETE", "lib"));
        Assert.All(masters.Cluster.Masters, node => Assert.Equal("", node.CallAsync("FUNCTION", "LIST").Result));
    }
}
