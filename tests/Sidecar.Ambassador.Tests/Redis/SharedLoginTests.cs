using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Clients that log in to the server themselves: the route has no password of its own.
public sealed class SharedLoginTests
{
    private const string NoAuth = "-NOAUTH Authentication required.";

    [Fact]
    public async Task Clients_with_the_same_login_share_a_connection_and_nobody_rides_on_anothers()
    {
        await using var server = await StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        var clients = new List<(string User, RedisWire Wire)>();
        for (int i = 0; i < 30; i++)
            clients.Add((i % 2 == 0 ? "ann" : "bob", await route.ConnectAsync()));
        await using var stranger = await route.ConnectAsync();

        foreach (var (user, wire) in clients)
            Assert.Equal("OK", await wire.CallAsync("AUTH", user, user));
        for (int round = 0; round < 3; round++)
        {
            foreach (var (_, wire) in clients)
                await wire.SendAsync("ACL", "WHOAMI");
            foreach (var (user, wire) in clients)
                Assert.Equal(user, await wire.ReadAsync());
            Assert.Equal(NoAuth, await stranger.CallAsync("ACL", "WHOAMI"));
        }
        string list = await server.CallAsync("CLIENT", "LIST");
        foreach (var (_, wire) in clients)
            await wire.DisposeAsync();

        Assert.Equal(2, list.Split("user=ann").Length);
        Assert.Equal(2, list.Split("user=bob").Length);
    }

    [Fact]
    public async Task Clients_of_RESP3_share_a_connection_and_those_of_RESP2_another()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        var clients = new List<(bool IsResp3, RedisWire Wire)>();
        for (int i = 0; i < 20; i++)
        {
            bool isResp3 = i % 2 == 0;
            var wire = await route.ConnectAsync();
            clients.Add((isResp3, wire));
            if (isResp3)
                Assert.Contains("|proto|:3|", await wire.CallAsync("HELLO", "3"));
        }

        for (int round = 0; round < 3; round++)
        {
            foreach (var (_, wire) in clients)
                await wire.SendAsync("CONFIG", "GET", "maxmemory");
            foreach (var (isResp3, wire) in clients)
                Assert.Equal(isResp3 ? (byte)'%' : (byte)'*', (await wire.ReadRawAsync())[0]);
        }
        string list = await server.CallAsync("CLIENT", "LIST");
        Assert.Contains("|proto|:2|", await clients[0].Wire.CallAsync("HELLO", "2"));
        Assert.Contains("maxmemory", await clients[0].Wire.CallAsync("CONFIG", "GET", "maxmemory"));
        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        Assert.Equal((byte)'*', (await CallRawAsync(clients[0].Wire))[0]);
        Assert.Equal((byte)'%', (await CallRawAsync(clients[2].Wire))[0]);
        foreach (var (_, wire) in clients)
            await wire.DisposeAsync();

        Assert.Equal(2, list.Split("resp=3").Length);
        Assert.InRange(list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 2, 3);
    }

    [Fact]
    public async Task A_pipeline_that_changes_its_login_is_answered_as_a_direct_one()
    {
        await using var server = await StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        string[][] requests =
        [
            ["GET", "k"], ["AUTH", "ann", "ann"], ["ACL", "WHOAMI"], ["SET", "k", "ann"], ["AUTH", "ann", "wrong"], ["ACL", "WHOAMI"],
            ["AUTH", "bob", "bob"], ["ACL", "WHOAMI"], ["FLUSHALL"], ["MULTI"], ["ACL", "WHOAMI"], ["EXEC"], ["GET", "k"], ["SELECT", "3"],
            ["ACL", "WHOAMI"], ["GET", "k"], ["AUTH", "ann", "ann"], ["GET", "k"], ["SELECT", "0"], ["GET", "k"], ["RESET"], ["GET", "k"],
            ["AUTH", "ann", "ann"], ["HELLO", "3", "AUTH", "bob", "bob"], ["ACL", "WHOAMI"], ["AUTH", "ann", "ann"], ["ACL", "WHOAMI"], ["GET", "k"],
        ];

        foreach (bool isPipelined in (bool[])[false, true])
        {
            var replies = new List<string[]>();
            foreach (int port in (int[])[server.Port, route.Port])
            {
                await using var wire = await RedisWire.ConnectAsync(port);
                var said = new string[requests.Length];
                for (int i = 0; i < requests.Length; i++)
                {
                    await wire.SendAsync(requests[i]);
                    said[i] = isPipelined ? "" : await wire.ReadAsync();
                }
                for (int i = 0; isPipelined && i < requests.Length; i++)
                    said[i] = await wire.ReadAsync();
                replies.Add([.. said.Select((reply, i) => requests[i][0] == "HELLO" ? reply.Split("|id|")[0] : reply)]);
            }
            Assert.Equal(replies[0], replies[1]);
        }
    }

    [Fact]
    public async Task A_login_and_a_protocol_survive_the_loss_of_the_connection()
    {
        await using var server = await StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("AUTH", "ann", "ann"));
        Assert.Equal("ann", await client.CallAsync("ACL", "WHOAMI"));
        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        // A read comes first: it may still go to the connection that is broken, and ACL is not asked twice.
        Assert.Equal("(nil)", await client.CallAsync("GET", "k"));
        Assert.Equal("ann", await client.CallAsync("ACL", "WHOAMI"));
        Assert.Contains("|proto|:3|", await client.CallAsync("HELLO", "3"));

        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");

        Assert.Equal("(nil)", await client.CallAsync("GET", "k"));
        Assert.Equal("ann", await client.CallAsync("ACL", "WHOAMI"));
        Assert.Contains("resp=3", await client.CallAsync("CLIENT", "INFO"));
    }

    [Fact]
    public async Task A_login_that_the_server_takes_no_more_lets_its_clients_go_and_nobody_else()
    {
        await using var server = await StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var ann = await route.ConnectAsync();
        await using var pinned = await route.ConnectAsync();
        await using var bob = await route.ConnectAsync();
        Assert.Equal("OK", await ann.CallAsync("AUTH", "ann", "ann"));
        Assert.Equal("OK", await pinned.CallAsync("AUTH", "ann", "ann"));
        Assert.Equal("OK", await bob.CallAsync("AUTH", "bob", "bob"));
        Assert.Equal("ann", await ann.CallAsync("ACL", "WHOAMI"));
        Assert.Equal("OK", await pinned.CallAsync("CLIENT", "SETNAME", "pinned"));

        await server.CallAsync("ACL", "SETUSER", "ann", "<ann", ">new");
        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        await ann.ReadToEndAsync();
        await pinned.SendAsync("GET", "k");
        await pinned.ReadToEndAsync();
        await using var again = await route.ConnectAsync();

        Assert.StartsWith("-WRONGPASS", await again.CallAsync("AUTH", "ann", "ann"));
        Assert.Equal("OK", await again.CallAsync("AUTH", "ann", "new"));
        Assert.Equal("ann", await again.CallAsync("ACL", "WHOAMI"));
        Assert.Equal("bob", await bob.CallAsync("ACL", "WHOAMI"));
    }

    [Theory]
    [InlineData("MULTI")]
    [InlineData("WATCH", "k")]
    public async Task A_transaction_that_the_server_refuses_to_begin_holds_its_client_on_no_connection(params string[] refused)
    {
        await using var server = await StartAsync();
        await server.CallAsync("ACL", "SETUSER", "bob", "-@transaction");
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("AUTH", "bob", "bob"));
        Assert.StartsWith("-NOPERM", await client.CallAsync(refused));
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));

        // Who holds something on a connection is closed with it.
        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");

        Assert.Equal("v", await client.CallAsync("GET", "k"));
    }

    [Theory]
    [InlineData("AUTH", "ann", "ann")]
    [InlineData("HELLO", "3", "AUTH", "ann", "ann")]
    public async Task The_routes_database_is_chosen_although_the_app_logs_in_itself(params string[] logIn)
    {
        await using var server = await StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions(), database: 2);
        await using var client = await route.ConnectAsync();

        await client.SendAsync(logIn);
        await client.SendAsync("SET", "k", "first");
        Assert.DoesNotContain("-", await client.ReadAsync());
        Assert.Equal("OK", await client.ReadAsync());
        Assert.Equal("OK", await client.CallAsync("SET", "k", "second"));
        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        Assert.Equal("second", await client.CallAsync("GET", "k"));

        Assert.Equal("(nil)", await server.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_login_that_nobody_uses_any_more_has_no_connection_after_a_while()
    {
        await using var server = await StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { IdleLane = TimeSpan.FromMilliseconds(300) });
        await using (var client = await route.ConnectAsync())
        {
            Assert.Equal("OK", await client.CallAsync("AUTH", "ann", "ann"));
            Assert.Equal("ann", await client.CallAsync("ACL", "WHOAMI"));
        }

        await Eventually.TrueAsync(async () => !(await server.CallAsync("CLIENT", "LIST")).Contains("user=ann", StringComparison.Ordinal));
    }

    private static async Task<byte[]> CallRawAsync(RedisWire wire)
    {
        await wire.SendAsync("CONFIG", "GET", "maxmemory");
        return await wire.ReadRawAsync();
    }

    private static async Task<RedisServer> StartAsync()
    {
        var server = await RedisServer.StartAsync("--requirepass", "admin");
        await server.CallAsync("ACL", "SETUSER", "ann", "on", ">ann", "~*", "&*", "+@all");
        await server.CallAsync("ACL", "SETUSER", "bob", "on", ">bob", "~*", "&*", "+@all", "-flushall");
        return server;
    }
}
