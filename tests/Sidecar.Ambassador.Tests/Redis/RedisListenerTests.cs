using System.Globalization;
using System.Text;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// What a Redis listener promises, whichever way its sockets are waited for.
public abstract class RedisListenerTests
{
    private protected abstract RedisOptions Options { get; }

    [Fact]
    public async Task A_client_gets_what_the_server_says()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        Assert.Equal("v", await client.CallAsync("GET", "k"));
        Assert.Equal("(nil)", await client.CallAsync("GET", "none"));
        Assert.StartsWith("-ERR unknown command 'NOSUCH'", await client.CallAsync("NOSUCH", "x"));
        Assert.Equal("v", await server.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task Replies_come_in_order_for_each_of_many_clients_that_pipeline_at_random()
    {
        const int Clients = 200;
        const int Commands = 300;
        await using var server = await RedisServer.StartAsync("--maxclients", "1000");
        await using var route = RunningRedisRoute.To(server, Options);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            var random = new Random(number);
            await using var client = await route.ConnectAsync();
            int asked = 0;
            int answered = 0;
            while (answered < Commands)
            {
                int burst = Math.Min(random.Next(1, 40), Commands - asked);
                for (int i = 0; i < burst; i++, asked++)
                    await client.SendAsync(CommandOf(number, asked));
                for (int left = random.Next(0, asked - answered + 1) + (asked == Commands ? Commands : 0); left > 0 && answered < asked; left--, answered++)
                    Assert.Equal(ReplyOf(number, answered), await client.ReadAsync());
            }
        }));

        Assert.Equal(Clients * Commands, route.Counters.Commands);
    }

    [Fact]
    public async Task Fifty_megabytes_pass_both_ways_and_little_is_held_in_memory()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var client = await route.ConnectAsync();
        string value = string.Create(50_000_000, 0, static (text, _) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = (char)('a' + (i % 26));
        });
        byte[] set = RedisWire.Frame("SET", "big", value);
        byte[] expected = Encoding.Latin1.GetBytes($"${value.Length}\r\n{value}\r\n");
        long before = route.Listener.BytesHeld();

        await client.SendRawAsync(set);
        string ok = await client.ReadAsync();
        long heldAfterSet = route.Listener.MostBytesHeld();
        await client.SendAsync("GET", "big");
        byte[] reply = await client.ReadRawAsync(TestContext.Current.CancellationToken);
        long heldAfterGet = route.Listener.MostBytesHeld();

        Assert.Equal("OK", ok);
        Assert.True(expected.AsSpan().SequenceEqual(reply));
        Assert.InRange(heldAfterSet - before, 1, 8_000_000);
        Assert.InRange(heldAfterGet - before, 1, 8_000_000);
    }

    [Fact]
    public async Task A_client_that_reads_slowly_stops_the_others_for_a_second_at_most()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var slow = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();
        await server.CallAsync("SET", "big", new string('x', 12_000_000));

        await slow.SendAsync("GET", "big");
        await Eventually.TrueAsync(() => route.Listener.MostBytesHeld() > 500_000);
        long started = TimeProvider.System.GetTimestamp();
        Assert.Equal("PONG", await other.CallAsync("PING"));
        var waited = TimeProvider.System.GetElapsedTime(started);
        byte[] reply = await slow.ReadRawAsync(TestContext.Current.CancellationToken);

        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal(12_000_000 + 13, reply.Length);
        Assert.Equal("PONG", await slow.CallAsync("PING"));
    }

    [Fact]
    public async Task A_client_that_never_reads_is_cut_and_the_others_go_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options with { StallBytes = 4_000_000, StallLimit = TimeSpan.FromMilliseconds(200) });
        await using var slow = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();
        await server.CallAsync("SET", "big", new string('x', 40_000_000));

        await slow.SendAsync("GET", "big");
        await Eventually.TrueAsync(() => route.Counters.ClientsCut == 1);

        Assert.Equal("PONG", await other.CallAsync("PING"));
        Assert.InRange(route.Listener.MostBytesHeld(), 4_000_000, 6_000_000);
    }

    [Fact]
    public async Task A_client_that_blocks_keeps_nobody_waiting()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var waiting = await route.ConnectAsync();
        await using var other = await route.ConnectAsync();

        await waiting.SendAsync("BLPOP", "queue", "0");
        await Eventually.TrueAsync(async () => (await server.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));
        Assert.Equal("PONG", await other.CallAsync("PING"));
        Assert.Equal(":1", await other.CallAsync("RPUSH", "queue", "job"));

        Assert.Equal("queue|job", await waiting.ReadAsync());
        Assert.Equal("OK", await waiting.CallAsync("SET", "after", "1"));
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_blocks_frees_its_connection()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        var waiting = await route.ConnectAsync();

        await waiting.SendAsync("BLPOP", "queue", "0");
        await Eventually.TrueAsync(async () => (await server.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));
        await waiting.DisposeAsync();

        await Eventually.TrueAsync(async () => (await server.CallAsync("INFO", "clients")).Contains("blocked_clients:0", StringComparison.Ordinal));
        await Eventually.EqualAsync(0, () => route.Counters.Clients);
    }

    [Fact]
    public async Task Transactions_of_two_clients_do_not_mix()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var one = await route.ConnectAsync();
        await using var two = await route.ConnectAsync();

        Assert.Equal("OK", await one.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await one.CallAsync("INCR", "n"));
        Assert.Equal(":1", await two.CallAsync("INCR", "n"));
        Assert.Equal("QUEUED", await one.CallAsync("INCR", "n"));
        Assert.Equal(":2|:3", await one.CallAsync("EXEC"));
        Assert.Equal("3", await one.CallAsync("GET", "n"));
        Assert.Equal("-ERR EXEC without MULTI", await two.CallAsync("EXEC"));
    }

    [Fact]
    public async Task A_watched_key_that_another_client_changes_stops_the_transaction()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var one = await route.ConnectAsync();
        await using var two = await route.ConnectAsync();

        Assert.Equal("OK", await one.CallAsync("WATCH", "k"));
        Assert.Equal("OK", await two.CallAsync("SET", "k", "2"));
        Assert.Equal("OK", await one.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await one.CallAsync("SET", "k", "1"));
        Assert.Equal("(nil)", await one.CallAsync("EXEC"));
        Assert.Equal("2", await one.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task What_a_client_publishes_reaches_those_who_subscribed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var subscriber = await route.ConnectAsync();
        await using var publisher = await route.ConnectAsync();

        await subscriber.SendAsync("SUBSCRIBE", "a", "b");
        Assert.Equal("subscribe|a|:1", await subscriber.ReadAsync());
        Assert.Equal("subscribe|b|:2", await subscriber.ReadAsync());
        Assert.Equal(":1", await publisher.CallAsync("PUBLISH", "b", "hello"));
        Assert.Equal("message|b|hello", await subscriber.ReadAsync());
        await subscriber.SendAsync("UNSUBSCRIBE", "a");
        Assert.Equal("unsubscribe|a|:1", await subscriber.ReadAsync());
        await subscriber.SendAsync("QUIT");
        Assert.Equal("OK", Encoding.Latin1.GetString(await subscriber.ReadToEndAsync()).TrimStart('+').TrimEnd());
    }

    [Fact]
    public async Task A_client_in_another_database_stays_there_and_its_writes_come_after_what_it_sent_before()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var client = await route.ConnectAsync();

        for (int i = 0; i < 100; i++)
        {
            await client.SendAsync("SET", "where", "zero");
            await client.SendAsync("SELECT", "3");
            await client.SendAsync("SET", "where", "three");
            await client.SendAsync("SELECT", "0");
            await client.SendAsync("GET", "where");
            foreach (string expected in (string[])["OK", "OK", "OK", "OK", "zero"])
                Assert.Equal(expected, await client.ReadAsync());
        }
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_a_command_harms_nobody()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var other = await route.ConnectAsync();

        for (int i = 0; i < 20; i++)
        {
            var leaving = await route.ConnectAsync();
            byte[] frame = RedisWire.Frame("SET", "k", new string('x', i * 20_000));
            await leaving.SendRawAsync(frame.AsMemory(0, frame.Length - 5));
            await leaving.DisposeAsync();
            Assert.Equal("PONG", await other.CallAsync("PING"));
        }

        await Eventually.EqualAsync(1, () => route.Counters.Clients);
        Assert.Equal("(nil)", await other.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task Commands_wait_while_the_server_is_away_and_are_executed_once_when_it_is_back()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "1"));

        await server.KillAsync();
        await Eventually.TrueAsync(() => route.Counters.ConnectsFailed > 0);
        await client.SendAsync("INCR", "n");
        await client.SendAsync("GET", "n");
        await Eventually.TrueAsync(() => route.Counters.Held > 0);
        await server.StartAgainAsync();

        Assert.Equal(":1", await client.ReadAsync());
        Assert.Equal("1", await client.ReadAsync());
    }

    [Fact]
    public async Task A_command_that_waited_too_long_fails_with_a_clear_error_and_the_next_ones_fail_at_once()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options with { QueueTimeout = TimeSpan.FromMilliseconds(300) });
        await using var client = await route.ConnectAsync();
        Assert.Equal("PONG", await client.CallAsync("PING"));

        await server.KillAsync();
        string first = await client.CallAsync("SET", "k", "1");
        string second = await client.CallAsync("SET", "k", "1");
        await server.StartAgainAsync();
        await Eventually.TrueAsync(async () => await client.CallAsync("PING") == "PONG");

        Assert.StartsWith("-ERR no upstream (Connection refused); the command was not executed", first);
        Assert.StartsWith("-ERR no upstream (Connection refused)", second);
    }

    [Fact]
    public async Task A_write_whose_reply_was_lost_is_not_executed_twice_and_a_read_is_asked_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var writer = await route.ConnectAsync();
        await using var reader = await route.ConnectAsync();
        Assert.Equal("PONG", await writer.CallAsync("PING"));

        server.Freeze();
        await writer.SendAsync("INCR", "n");
        await reader.SendAsync("GET", "n");
        await Eventually.TrueAsync(() => route.Counters.Commands == 3);
        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.StartsWith("-ERR upstream connection lost before the reply", await writer.ReadAsync());
        Assert.Equal("(nil)", await reader.ReadAsync());
    }

    [Fact]
    public async Task The_ambassador_logs_in_and_chooses_the_database_so_that_the_client_need_not()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "secret");
        var credentials = new RouteCredentials(null, () => "secret");
        await using var route = RunningRedisRoute.To(server, Options, credentials, database: 2);
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        Assert.Equal("OK", await client.CallAsync("AUTH", "whatever the app thinks"));
        Assert.Equal("v", await client.CallAsync("GET", "k"));
        Assert.Contains("|proto|:3|", await client.CallAsync("HELLO", "3", "AUTH", "default", "wrong", "SETNAME", "app"));
        Assert.Equal("v", await client.CallAsync("GET", "k"));
        Assert.Equal("app", await client.CallAsync("CLIENT", "GETNAME"));
    }

    [Fact]
    public async Task Without_a_password_of_ours_each_client_logs_in_for_itself()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "secret");
        await using var route = RunningRedisRoute.To(server, Options);
        await using var one = await route.ConnectAsync();
        await using var two = await route.ConnectAsync();

        Assert.Equal("-NOAUTH Authentication required.", await one.CallAsync("GET", "k"));
        Assert.StartsWith("-WRONGPASS", await one.CallAsync("AUTH", "wrong"));
        Assert.Equal("OK", await one.CallAsync("AUTH", "secret"));
        Assert.Equal("(nil)", await one.CallAsync("GET", "k"));
        Assert.Equal("-NOAUTH Authentication required.", await two.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_name_a_database_and_a_protocol_survive_the_loss_of_the_connection()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var client = await route.ConnectAsync();
        Assert.Contains("|proto|:3|", await client.CallAsync("HELLO", "3"));
        Assert.Equal("OK", await client.CallAsync("CLIENT", "SETNAME", "app"));
        Assert.Equal("OK", await client.CallAsync("SELECT", "5"));

        await server.KillAsync();
        await server.StartAgainAsync();

        Assert.Equal("OK", await client.CallAsync("HSET", "h", "f", "v") == ":1" ? "OK" : "no");
        await client.SendAsync("HGETALL", "h");
        Assert.StartsWith("%1\r\n", Encoding.Latin1.GetString(await client.ReadRawAsync(TestContext.Current.CancellationToken)));
        Assert.Contains("name=app", await client.CallAsync("CLIENT", "LIST"));
        Assert.Contains("db=5", await client.CallAsync("CLIENT", "INFO"));
    }

    [Fact]
    public async Task Wait_counts_what_this_client_wrote_before()
    {
        await using var server = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartReplicaAsync(server);
        await server.WaitForReplicasAsync();
        await using var route = RunningRedisRoute.To(server, Options);
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        Assert.Equal(":1", await client.CallAsync("WAIT", "1", "5000"));
        replica.Freeze();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v2"));
        Assert.Equal(":0", await client.CallAsync("WAIT", "1", "200"));
        replica.Thaw();
    }

    private static string[] CommandOf(int client, int number) => (number % 5) switch
    {
        0 => ["ECHO", Text(client, number)],
        1 => ["SET", "k" + Text(client, 0), Text(client, number)],
        2 => ["GET", "k" + Text(client, 0)],
        3 => ["LPOS"],
        _ => ["ECHO", Text(client, number) + new string('x', number * 7)],
    };

    private static string ReplyOf(int client, int number) => (number % 5) switch
    {
        0 => Text(client, number),
        1 => "OK",
        2 => Text(client, number - 1),
        3 => "-ERR wrong number of arguments for 'lpos' command",
        _ => Text(client, number) + new string('x', number * 7),
    };

    private static string Text(int client, int number) => string.Create(CultureInfo.InvariantCulture, $"{client}:{number}");
}
