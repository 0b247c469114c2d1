using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// MULTI, WATCH and EXEC of a client that does not know on which node its keys are.
public sealed class TransactionTests(ThreeMasters masters) : IClassFixture<ThreeMasters>
{
    // Of three different nodes.
    private static readonly string[] Tags = ["{b}", "{c}", "{a}"];

    private RedisCluster Cluster => masters.Cluster;

    [Fact]
    public async Task A_transaction_is_executed_on_the_node_of_its_first_key()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        foreach (string tag in Tags)
        {
            Assert.Equal("OK", await client.CallAsync("MULTI"));
            Assert.Equal("QUEUED", await client.CallAsync("SET", tag + "x", "1"));
            Assert.Equal("QUEUED", await client.CallAsync("INCR", tag + "x"));
            Assert.Equal("QUEUED", await client.CallAsync("PING"));
            Assert.Equal("OK|:2|PONG", await client.CallAsync("EXEC"));
            Assert.Equal("2", await client.CallAsync("GET", tag + "x"));
        }
        Assert.Equal(3, (await Task.WhenAll(Tags.Select(tag => Cluster.OwnerAsync(KeySlot.Of(System.Text.Encoding.ASCII.GetBytes(tag)))))).Distinct().Count());
    }

    [Fact]
    public async Task A_command_without_a_key_may_come_first()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        foreach (string tag in Tags)
        {
            Assert.Equal("OK", await client.CallAsync("MULTI"));
            Assert.Equal("QUEUED", await client.CallAsync("ECHO", "hello"));
            Assert.Equal("QUEUED", await client.CallAsync("SET", tag + "y", "v"));
            Assert.Equal("hello|OK", await client.CallAsync("EXEC"));
            Assert.Equal("v", await client.CallAsync("GET", tag + "y"));
        }
    }

    [Fact]
    public async Task What_is_sent_in_one_piece_is_answered_in_its_order()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        foreach (string tag in Tags)
            await client.CallAsync("DEL", tag + "n");

        using var pipeline = new MemoryStream();
        for (int i = 0; i < 50; i++)
        {
            foreach (string tag in Tags)
            {
                pipeline.Write(RedisWire.Frame("MULTI"));
                pipeline.Write(RedisWire.Frame("INCR", tag + "n"));
                pipeline.Write(RedisWire.Frame("EXEC"));
                pipeline.Write(RedisWire.Frame("GET", tag + "n"));
            }
        }
        await client.SendRawAsync(pipeline.ToArray());

        for (int i = 1; i <= 50; i++)
        {
            for (int tag = 0; tag < Tags.Length; tag++)
            {
                Assert.Equal("OK", await client.ReadAsync());
                Assert.Equal("QUEUED", await client.ReadAsync());
                Assert.Equal($":{i}", await client.ReadAsync());
                Assert.Equal(i.ToString(CultureInfo.InvariantCulture), await client.ReadAsync());
            }
        }
    }

    [Fact]
    public async Task Keys_of_several_slots_make_EXEC_fail_in_the_words_of_Redis()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        foreach (var (one, other) in new[] { ("{a}", "{b}"), ("{b}", "{c}"), ("{c}", "{a}"), ("{a}", "{d}"), ("{a}", "{g}") })
        {
            Assert.Equal("OK", await client.CallAsync("MULTI"));
            Assert.Equal("QUEUED", await client.CallAsync("SET", one + "c", "1"));
            Assert.Equal("QUEUED", await client.CallAsync("SET", other + "c", "1"));
            Assert.Equal("-CROSSSLOT Keys in request don't hash to the same slot", await client.CallAsync("EXEC"));
            Assert.Equal("(nil)|(nil)", await client.CallAsync("MGET", one + "c", other + "c"));
        }
    }

    [Fact]
    public async Task A_wrong_command_spoils_a_transaction_and_DISCARD_ends_one()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();

        Assert.Equal("-ERR EXEC without MULTI", await client.CallAsync("EXEC"));
        Assert.Equal("-ERR DISCARD without MULTI", await client.CallAsync("DISCARD"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("-ERR MULTI calls can not be nested", await client.CallAsync("MULTI"));
        Assert.Equal("-ERR WATCH inside MULTI is not allowed", await client.CallAsync("WATCH", "{b}k"));
        Assert.Equal("", await client.CallAsync("EXEC"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("-ERR wrong number of arguments for 'set' command", await client.CallAsync("SET", "{b}k"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", await client.CallAsync("EXEC"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await client.CallAsync("SET", "{b}k", "v"));
        Assert.Equal("OK", await client.CallAsync("DISCARD"));
        Assert.Equal("(nil)", await client.CallAsync("GET", "{b}k"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("OK", await client.CallAsync("DISCARD"));
        Assert.Equal("-ERR wrong number of arguments for 'multi' command", await client.CallAsync("MULTI", "x"));
    }

    [Fact]
    public async Task A_watched_key_that_changed_makes_EXEC_give_nothing_whatever_its_node()
    {
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();

        foreach (string tag in Tags)
        {
            foreach (bool isChanged in new[] { true, false })
            {
                await client.CallAsync("SET", tag + "w", "0");
                Assert.Equal("OK", await client.CallAsync("WATCH", tag + "w", tag + "v"));
                Assert.Equal("0", await client.CallAsync("GET", tag + "w"));
                if (isChanged)
                    Assert.Equal("OK", await other.CallAsync("SET", tag + "w", "5"));
                Assert.Equal("OK", await client.CallAsync("MULTI"));
                Assert.Equal("QUEUED", await client.CallAsync("INCR", tag + "w"));
                Assert.Equal(isChanged ? "(nil)" : ":1", await client.CallAsync("EXEC"));
                Assert.Equal(isChanged ? "5" : "1", await other.CallAsync("GET", tag + "w"));
            }
        }
        Assert.Equal("OK", await client.CallAsync("WATCH", "{a}w"));
        Assert.Equal("-CROSSSLOT Keys in request don't hash to the same slot", await client.CallAsync("WATCH", "{b}w"));
        Assert.Equal("OK", await client.CallAsync("UNWATCH"));
        Assert.Equal("OK", await client.CallAsync("WATCH", "{b}w"));
    }

    [Fact]
    public async Task Nothing_is_executed_for_a_user_who_may_not_say_MULTI()
    {
        foreach (var node in Cluster.Masters)
            await node.CallAsync("ACL", "SETUSER", "plain", "on", ">secret", "~*", "+@all", "-multi");
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("AUTH", "plain", "secret"));

        await client.SendAsync("MULTI");
        await client.SendAsync("SET", "{b}may", "v");
        await client.SendAsync("EXEC");

        Assert.Equal("OK", await client.ReadAsync());
        Assert.StartsWith("-NOPERM", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Equal("-ERR EXEC without MULTI", await client.ReadAsync());
        Assert.Equal("(nil)", await client.CallAsync("GET", "{b}may"));
    }

    [Fact]
    public async Task A_denied_command_spoils_a_transaction_that_has_no_node_yet()
    {
        Assert.True(DenyList.TryRead(["FLUSHALL"], out var denied, out _));
        await using var route = RunningRedisRoute.To(Cluster, new RedisOptions { Denied = denied });
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.StartsWith("-NOPERM", await client.CallAsync("FLUSHALL"), StringComparison.Ordinal);
        Assert.Equal("QUEUED", await client.CallAsync("SET", "{b}denied", "v"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", await client.CallAsync("EXEC"));
        Assert.Equal("(nil)", await client.CallAsync("GET", "{b}denied"));
    }
}
