using System.Text;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// What a route denies, beside what a server says whose ACL denies the same.
public sealed class DenyTests
{
    private static readonly string[] Rules = ["FLUSHALL", "config|set", "Keys", "memory", "EVAL"];

    [Fact]
    public async Task A_denied_command_is_answered_as_Redis_does_in_any_letter_case_also_inside_MULTI()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CallAsync("ACL", "SETUSER", "default", "-flushall", "-config|set", "-keys", "-memory", "-eval");
        await using var free = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(free, new RedisOptions { Denied = Read(Rules) });
        string[][] requests =
        [
            ["FLUSHALL"], ["flushall", "ASYNC"], ["FlushAll"], ["CONFIG", "SET", "maxmemory", "1"], ["config", "sEt", "maxmemory", "1"],
            ["CONFIG", "GET", "maxclients"], ["KEYS", "*"], ["MEMORY", "USAGE", "k"], ["memory", "Doctor"], ["EVAL", "return 1", "0"],
            ["SET", "k", "v"], ["MULTI"], ["SET", "k", "other"], ["KEYS", "*"], ["GET", "k"], ["EXEC"], ["GET", "k"],
            ["MULTI"], ["flushall"], ["DISCARD"], ["MULTI"], ["GET", "k"], ["EXEC"], ["WATCH", "k"], ["FLUSHALL"], ["MULTI"], ["EXEC"],
            ["EXEC"], ["FLUSHDB"],
        ];

        await using var direct = await RedisWire.ConnectAsync(server.Port);
        await using var through = await route.ConnectAsync();

        foreach (string[] request in requests)
            Assert.Equal((string.Join(' ', request), await direct.CallAsync(request)), (string.Join(' ', request), await through.CallAsync(request)));
        Assert.Equal(12, route.Counters.Denied);
    }

    [Fact]
    public async Task A_denied_command_in_a_pipeline_is_answered_in_its_turn()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { Denied = Read("KEYS") });
        await using var client = await route.ConnectAsync();

        await client.SendRawAsync(Encoding.ASCII.GetBytes("SET k v\r\nKEYS *\r\nGET k\r\nMULTI\r\nINCR n\r\nkeys *\r\nEXEC\r\nGET n\r\n"));

        const string Denied = "-NOPERM this user has no permissions to run the 'keys' command";
        foreach (string expected in (string[])["OK", Denied, "v", "OK", "QUEUED", Denied, "-EXECABORT Transaction discarded because of previous errors.", "(nil)"])
            Assert.Equal(expected, await client.ReadAsync());
    }

    [Fact]
    public async Task A_denied_command_is_denied_however_large_it_is_and_the_connection_goes_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { Denied = Read("EVAL", "SCRIPT|LOAD") });
        await using var client = await route.ConnectAsync();
        string script = $"return '{new string('x', 5_000_000)}'";

        Assert.Equal("-NOPERM this user has no permissions to run the 'eval' command", await client.CallAsync("eval", script, "0"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("-NOPERM this user has no permissions to run the 'script|load' command", await client.CallAsync("SCRIPT", "load", script));
        Assert.StartsWith("-EXECABORT", await client.CallAsync("EXEC"));
        Assert.Equal("OK", await client.CallAsync("SET", "k", script));
        Assert.Equal($":{script.Length}", await client.CallAsync("STRLEN", "k"));
    }

    [Fact]
    public async Task A_command_whose_name_is_hidden_behind_a_mass_of_zeros_does_not_slip_through()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CallAsync("SET", "k", "v");
        await using var route = RunningRedisRoute.To(server, new RedisOptions { Denied = Read("FLUSHALL") });
        await using var client = await route.ConnectAsync();

        string zeros = new('0', 60_000);
        await client.SendRawAsync(Encoding.ASCII.GetBytes($"*{zeros}1\r\n${zeros}8\r\n"));
        await client.SendRawAsync("FLUSHALL\r\n"u8.ToArray());
        string said = Encoding.ASCII.GetString(await client.ReadToEndAsync());

        Assert.StartsWith("-", said);
        Assert.Equal("v", await server.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_connection_whose_bytes_are_passed_on_as_they_come_denies_the_same()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CallAsync("SET", "k", "v");
        await using var route = RunningRedisRoute.To(server, new RedisOptions { Denied = Read("FLUSHALL", "EVAL") });
        await using var client = await route.ConnectAsync();
        const string Denied = "-ERR unknown command 'NOPERM this user has no permissions to run the 'flushall' command', with args beginning with: ";

        Assert.Contains("|proto|:3|", await client.CallAsync("HELLO", "3"));
        Assert.Equal("OK", await client.CallAsync("CLIENT", "REPLY", "ON"));
        Assert.Equal(Denied, await client.CallAsync("FLUSHALL"));
        await client.SendRawAsync("flushall\r\nGET k\r\n"u8.ToArray());
        Assert.Equal(Denied, await client.ReadAsync());
        Assert.Equal("v", await client.ReadAsync());
        Assert.StartsWith("-ERR unknown command 'NOPERM this user has no permissions to run the 'eval'", await client.CallAsync("EVAL", new string('x', 1_000_000), "0"));
        Assert.Equal("OK", await client.CallAsync("SET", "big", new string('x', 1_000_000)));
        Assert.Equal(":1000000", await client.CallAsync("STRLEN", "big"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal(Denied, await client.CallAsync("FLUSHALL"));
        Assert.StartsWith("-EXECABORT", await client.CallAsync("EXEC"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("FLUSH ALL")]
    [InlineData("CONFIG|SET|X")]
    [InlineData("|SET")]
    [InlineData("KEYS\r")]
    public void What_is_no_name_of_a_command_is_refused(string entry)
    {
        Assert.False(DenyList.TryRead(["GET", entry], out _, out string? culprit));
        Assert.Equal(entry, culprit);
    }

    private static DenyList Read(params string[] entries) => DenyList.TryRead(entries, out var denied, out _) ? denied : throw new ArgumentException(entries[0]);
}
