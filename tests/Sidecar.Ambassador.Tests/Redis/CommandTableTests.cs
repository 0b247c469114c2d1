using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

public sealed class CommandTableTests
{
    [Fact]
    public async Task Every_command_of_a_real_server_is_known_and_only_reads_and_a_few_writes_may_be_repeated()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);
        await wire.SendAsync("COMMAND", "LIST");
        string raw = Encoding.ASCII.GetString(await wire.ReadRawAsync(TestContext.Current.CancellationToken));
        string[] names = [.. raw.Split("\r\n").Where(line => line.Length > 0 && char.IsAsciiLetter(line[0]) && !line.Contains('|'))];
        string[] pinned = ["asking", "debug", "readonly", "readwrite", "restore-asking"];
        string[] repeatableWrites = ["expire", "expireat", "hmset", "mset", "pexpire", "pexpireat", "psetex", "setex"];

        foreach (string name in names)
        {
            var command = CommandTable.BuiltIn.Find(Encoding.ASCII.GetBytes(name));
            string flags = await server.CallAsync("COMMAND", "INFO", name);
            bool isWrite = flags.Split('|').Contains("write");

            Assert.True(pinned.Contains(name) == (command.Kind == CommandKind.Pinned), name);
            Assert.False(isWrite && command.Effect >= CommandEffect.Repeatable && !repeatableWrites.Contains(name), name);
            Assert.False(flags.Split('|').Contains("blocking") && command.Kind == CommandKind.Ordinary, name);
        }
        Assert.InRange(names.Length, 200, 1000);
    }

    [Theory]
    [InlineData("get", CommandKind.Ordinary)]
    [InlineData("GeT", CommandKind.Ordinary)]
    [InlineData("subscribe", CommandKind.Subscribe)]
    [InlineData("GETX", CommandKind.Pinned)]
    [InlineData("", CommandKind.Pinned)]
    [InlineData("a-name-longer-than-any-command-of-any-server", CommandKind.Pinned)]
    internal void A_name_is_found_in_any_case_and_an_unknown_one_is_pinned(string name, CommandKind expected)
    {
        Assert.Equal(expected, CommandTable.BuiltIn.Find(Encoding.ASCII.GetBytes(name)).Kind);
    }

    [Theory]
    [InlineData("", 3, true)]
    [InlineData("EX", 5, true)]
    [InlineData("px", 5, true)]
    [InlineData("NX", 4, false)]
    [InlineData("GET", 4, false)]
    [InlineData("NX", 5, false)]
    public void Only_a_plain_SET_may_be_repeated(string option, int arguments, bool expected)
    {
        Assert.Equal(expected, CommandTable.IsPlainSet(Encoding.ASCII.GetBytes(option), arguments));
    }

    [Fact]
    public async Task A_command_of_a_module_shares_or_gets_a_connection_as_its_server_says()
    {
        await using var server = new RawBackend(ServeModuleAsync);
        await using var route = RunningRedisRoute.To(server.Port, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var waiting = await route.ConnectAsync();

        await Eventually.TrueAsync(async () =>
        {
            long before = route.Counters.Pinned;
            await using var another = await route.ConnectAsync();
            return await another.CallAsync("json.fetch", "k") == "OK" && route.Counters.Pinned == before;
        });
        long pinned = route.Counters.Pinned;
        await waiting.SendAsync("JSON.AWAIT", "k");

        Assert.Equal("OK", await client.CallAsync("JSON.FETCH", "k"));
        Assert.Equal("OK", await client.CallAsync("JSON.SEARCH", "k"));
        Assert.Equal(pinned + 2, route.Counters.Pinned);
    }

    [Theory]
    [InlineData("GET", "k")]
    [InlineData("BITOP", "AND", "k", "a", "b")]
    [InlineData("EVAL", "return 1", "2", "k", "b", "arg")]
    [InlineData("FCALL_RO", "f", "1", "k")]
    [InlineData("ZUNIONSTORE", "k", "2", "a", "b")]
    [InlineData("ZUNION", "2", "k", "b")]
    [InlineData("LMPOP", "1", "k", "LEFT")]
    [InlineData("BZMPOP", "0", "2", "k", "b", "MIN")]
    [InlineData("SINTERCARD", "1", "k")]
    [InlineData("XREAD", "COUNT", "1", "BLOCK", "0", "STREAMS", "k", "b", "0", "0")]
    [InlineData("XREADGROUP", "GROUP", "g", "c", "STREAMS", "k", ">")]
    [InlineData("XREADGROUP", "GROUP", "streams", "c", "NOACK", "STREAMS", "k", ">")]
    [InlineData("XGROUP", "CREATE", "k", "g", "0")]
    [InlineData("XINFO", "STREAM", "k")]
    [InlineData("OBJECT", "ENCODING", "k")]
    [InlineData("MEMORY", "USAGE", "k")]
    [InlineData("MIGRATE", "h", "1", "k", "0", "1")]
    [InlineData("MIGRATE", "h", "1", "", "0", "1", "COPY", "KEYS", "k", "b")]
    [InlineData("SORT", "k", "BY", "nosort", "STORE", "b")]
    [InlineData("GEORADIUS", "k", "1", "1", "1", "m", "STORE", "b")]
    [InlineData("COPY", "k", "b")]
    [InlineData("LCS", "k", "b")]
    [InlineData("PFDEBUG", "GETREG", "k")]
    [InlineData("BLMOVE", "k", "b", "LEFT", "LEFT", "0")]
    public async Task The_first_key_is_found_where_a_real_server_finds_it(params string[] words)
    {
        await using var server = await RedisServer.StartAsync();
        string keys = await server.CallAsync(["COMMAND", "GETKEYS", .. words]);
        var arguments = new RequestArguments(RequestWriter.Encode(words));
        arguments.MoveNext();

        Assert.True(CommandTable.BuiltIn.Find(arguments.Current).Key.TryFind(arguments, out var key));

        Assert.Equal("k", keys.Split('|')[0]);
        Assert.Equal("k", Encoding.ASCII.GetString(key));
    }

    [Theory]
    [InlineData("EVAL", "return 1", "2", "k")]
    [InlineData("EVAL", "return 1", "0", "k")]
    [InlineData("LMPOP", "3", "k", "LEFT")]
    [InlineData("XREAD", "STREAMS", "k")]
    [InlineData("XREAD", "COUNT", "1", "STREAMS", "k", "1-1", "$")]
    [InlineData("XREADGROUP", "GROUP", "g", "c", "NOSUCH", "STREAMS", "k", ">")]
    public async Task Where_a_node_finds_no_key_none_is_found(params string[] words)
    {
        // It has no slots, and so refuses whatever has a key.
        await using var node = await RedisServer.StartAsync("--cluster-enabled", "yes");
        Assert.Equal("-CLUSTERDOWN Hash slot not served", await node.CallAsync("GET", "k"));
        var arguments = new RequestArguments(RequestWriter.Encode(words));
        arguments.MoveNext();

        Assert.False(CommandTable.BuiltIn.Find(arguments.Current).Key.TryFind(arguments, out _));

        Assert.DoesNotContain("CLUSTERDOWN", await node.CallAsync(words));
    }

    [Fact]
    public async Task What_is_known_to_have_no_key_has_none_on_a_real_server()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);
        await wire.SendAsync("COMMAND");
        Assert.True(RespValue.TryParse(await wire.ReadRawAsync(TestContext.Current.CancellationToken), out var commands));

        foreach (var told in commands!.Items)
        {
            var place = CommandTable.BuiltIn.Find(Encoding.ASCII.GetBytes(told.Items[0].Text!)).Key;
            int first = int.Parse(told.Items[3].Text!, CultureInfo.InvariantCulture);
            bool isSaid = place.Rule switch
            {
                KeyRule.None => first == 0,
                KeyRule.At => first == place.Index,
                _ => true,
            };

            Assert.True(isSaid, $"{told.Items[0].Text}: {first}, not {place}");
        }
        Assert.InRange(commands.Items.Count, 200, 1000);
    }

    [Fact]
    public async Task What_a_real_server_tells_of_its_commands_is_understood()
    {
        await using var server = await RedisServer.StartAsync();
        await using var wire = await RedisWire.ConnectAsync(server.Port);
        await wire.SendAsync("COMMAND", "INFO", "GET", "LPUSH", "LRANGE", "BLPOP", "SUBSCRIBE", "MONITOR", "NOSUCH");

        var first = new KeyPlace(KeyRule.At, 1);
        var told = CommandInquiry.Read(await wire.ReadRawAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            [
                ("get", new Command(CommandKind.Ordinary, CommandEffect.Read) { Key = first }), ("lpush", new Command(CommandKind.Ordinary, CommandEffect.Once) { Key = first }),
                ("lrange", new Command(CommandKind.Blocking, CommandEffect.Once) { Key = first }), ("blpop", new Command(CommandKind.Blocking, CommandEffect.Once) { Key = first }),
                ("subscribe", new Command(CommandKind.Tunnel, CommandEffect.Once)), ("monitor", new Command(CommandKind.Tunnel, CommandEffect.Once)),
            ],
            told);
    }

    [Theory]
    [InlineData("write fast", CommandKind.Ordinary, false)]
    [InlineData("readonly fast", CommandKind.Ordinary, true)]
    [InlineData("readonly", CommandKind.Blocking, false)]
    [InlineData("write fast blocking", CommandKind.Blocking, false)]
    [InlineData("pubsub loading", CommandKind.Tunnel, false)]
    [InlineData("admin noscript", CommandKind.Tunnel, false)]
    [InlineData("noscript", CommandKind.Pinned, false)]
    internal void Flags_tell_what_an_unknown_command_is(string flags, CommandKind kind, bool isRead)
    {
        Assert.Equal(new Command(kind, isRead ? CommandEffect.Read : CommandEffect.Once), Command.Of(flags.Split(' ')));
    }

    // A server with a module that no machine of ours has: it answers everything but a command that blocks.
    private static async Task ServeModuleAsync(Socket socket, CancellationToken stopping)
    {
        byte[] buffer = new byte[16 * 1024];
        var reader = new RequestReader(RequestReader.DefaultMaxBulk);
        int filled = 0;
        while (await socket.ReceiveAsync(buffer.AsMemory(filled), stopping) is > 0 and var count)
        {
            filled += count;
            for (int scanned = 0; reader.Read(buffer.AsSpan(scanned, filled - scanned), out int used) == FrameStatus.Complete; scanned = 0)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(AnswerOf(Encoding.ASCII.GetString(buffer, 0, used))), stopping);
                buffer.AsSpan(used, filled - used).CopyTo(buffer);
                filled -= used;
            }
        }
    }

    private static string AnswerOf(string request) => request switch
    {
        _ when request.Contains("LIST", StringComparison.Ordinal) => "*4\r\n$3\r\nget\r\n$10\r\njson.fetch\r\n$11\r\njson.search\r\n$10\r\njson.await\r\n",
        _ when request.Contains("INFO", StringComparison.Ordinal) =>
            "*3\r\n*6\r\n$10\r\njson.fetch\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"
            + "*6\r\n$11\r\njson.search\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n*6\r\n$10\r\njson.await\r\n:2\r\n*2\r\n+write\r\n+blocking\r\n:1\r\n:1\r\n:1\r\n",
        _ when request.Contains("AWAIT", StringComparison.Ordinal) => "",
        _ => "+OK\r\n",
    };
}
