using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Who the ambassador is to the server, and who the app has to be to the ambassador.
public sealed class LoginTests
{
    private const string NoAuth = "-NOAUTH Authentication required.";
    private const string WrongPass = "-WRONGPASS invalid username-password pair or user is disabled.";

    [Fact]
    public async Task The_ambassador_logs_in_as_a_user_of_the_servers_ACL_file_and_may_do_what_that_user_may()
    {
        using var volume = new TempVolume();
        string users = volume.Write("users.acl", "user default off\nuser orders on >s3cret ~orders:* +@all -@dangerous +info\n");
        await using var server = await RedisServer.StartAsync("--aclfile", users);
        await using var route = RunningRedisRoute.To(server, new RedisOptions(), new RouteCredentials("orders", () => "s3cret"));
        await using var client = await route.ConnectAsync();

        Assert.Equal("OK", await client.CallAsync("SET", "orders:1", "v"));
        Assert.StartsWith("-NOPERM this user has no permissions to access", await client.CallAsync("SET", "other", "v"));
        Assert.Equal("-NOPERM this user has no permissions to run the 'flushall' command", await client.CallAsync("FLUSHALL"));
        Assert.Equal("orders", await client.CallAsync("ACL", "WHOAMI"));
    }

    [Fact]
    public async Task A_wrong_password_is_said_once_and_to_each_client_and_heals_when_its_file_changes()
    {
        using var volume = new TempVolume();
        string file = volume.Write("password", "wrong");
        var password = Secret.FromFile(file, TimeProvider.System).Value;
        await using var server = await RedisServer.StartAsync("--requirepass", "right");
        await using var route = RunningRedisRoute.To(
            server, new RedisOptions { QueueTimeout = TimeSpan.FromMilliseconds(300) }, new RouteCredentials(null, () => password.Current));
        await using var client = await route.ConnectAsync();

        string first = await client.CallAsync("GET", "k");
        string second = await client.CallAsync("GET", "k");
        string? trouble = route.Trouble;
        await Eventually.TrueAsync(() => route.Counters.ConnectsFailed > 3);
        volume.Write("password", "right\n");
        await Eventually.TrueAsync(async () => await client.CallAsync("GET", "k") == "(nil)");

        Assert.Equal($"-ERR no upstream (the upstream refused the login: {WrongPass[1..]}); the command was not executed", first);
        Assert.Equal(first, second);
        Assert.Equal($"the upstream refused the login: {WrongPass[1..]}", trouble);
        Assert.Contains("refused the login", Assert.Single(route.Warnings));
        await Eventually.TrueAsync(() => route.Trouble is null);
    }

    [Fact]
    public async Task A_connection_made_after_the_password_changed_logs_in_with_the_new_one()
    {
        using var volume = new TempVolume();
        string file = volume.Write("password", "old");
        var password = Secret.FromFile(file, TimeProvider.System).Value;
        await using var server = await RedisServer.StartAsync("--requirepass", "old");
        await using var route = RunningRedisRoute.To(server, new RedisOptions(), new RouteCredentials("default", () => password.Current));
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));

        await server.CallAsync("CONFIG", "SET", "requirepass", "new");
        volume.Write("password", "new");
        await using (var admin = await RedisWire.ConnectAsync(server.Port))
        {
            Assert.Equal("OK", await admin.CallAsync("AUTH", "new"));
            await admin.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        }

        Assert.Equal("v", await client.CallAsync("GET", "k"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
    }

    [Fact]
    public async Task With_a_local_password_a_client_that_has_not_logged_in_hears_what_Redis_says()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "local");
        await using var route = RunningRedisRoute.To(
            server, new RedisOptions { LocalPassword = new Secret("local") }, new RouteCredentials(null, () => "local"));
        string[][] requests =
        [
            ["GET", "k"], ["MULTI"], ["SUBSCRIBE", "c"], ["PING"], ["HELLO"], ["HELLO", "3"], ["HELLO", "3", "AUTH", "default", "wrong"],
            ["AUTH", "wrong"], ["AUTH", "default", "wrong"], ["AUTH"], ["AUTH", "a", "b", "c"], ["RESET"], ["CLIENT", "ID"],
            ["AUTH", "local"], ["SET", "k", "v"], ["AUTH", "wrong"], ["GET", "k"], ["RESET"], ["GET", "k"],
            ["AUTH", "default", "local"], ["GET", "k"], ["QUIT"],
        ];

        await using var direct = await RedisWire.ConnectAsync(server.Port);
        await using var through = await route.ConnectAsync();

        foreach (string[] request in requests)
            Assert.Equal((string.Join(' ', request), await direct.CallAsync(request)), (string.Join(' ', request), await through.CallAsync(request)));
    }

    [Fact]
    public async Task A_pipeline_that_begins_with_the_login_is_answered_in_order()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { LocalPassword = new Secret("local") });
        await using var client = await route.ConnectAsync();

        foreach (string[] request in (string[][])[["GET", "k"], ["AUTH", "local"], ["SET", "k", "v"], ["AUTH", "wrong"], ["GET", "k"]])
            await client.SendAsync(request);

        foreach (string expected in (string[])[NoAuth, "OK", "OK", WrongPass, "v"])
            Assert.Equal(expected, await client.ReadAsync());
    }

    [Fact]
    public async Task HELLO_may_bring_the_local_password_and_the_server_never_sees_it()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { LocalPassword = new Secret("local") });
        await using var client = await route.ConnectAsync();

        Assert.Contains("|proto|:3|", await client.CallAsync("HELLO", "3", "AUTH", "app", "local", "SETNAME", "app"));
        Assert.Equal("app", await client.CallAsync("CLIENT", "GETNAME"));
    }

    [Fact]
    public async Task The_local_password_follows_its_file_and_those_who_are_in_stay_in()
    {
        using var volume = new TempVolume();
        var password = Secret.FromFile(volume.Write("local", "old"), TimeProvider.System).Value;
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { LocalPassword = password });
        await using var before = await route.ConnectAsync();
        await using var after = await route.ConnectAsync();
        Assert.Equal("OK", await before.CallAsync("AUTH", "old"));

        volume.Write("local", "new");
        await Eventually.TrueAsync(async () => await after.CallAsync("AUTH", "new") == "OK");

        Assert.Equal(WrongPass, await after.CallAsync("AUTH", "old"));
        Assert.Equal("PONG", await before.CallAsync("PING"));
    }

    [Fact]
    public async Task A_client_that_has_not_logged_in_can_send_nothing_large()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { LocalPassword = new Secret("local") });
        await using var client = await route.ConnectAsync();

        byte[] frame = RedisWire.Frame("SET", "k", new string('x', 1_000_000));
        await client.SendRawAsync(frame.AsMemory(0, 100_000));
        string said = System.Text.Encoding.ASCII.GetString(await client.ReadToEndAsync());

        Assert.Equal("-ERR Protocol error: unauthenticated bulk length\r\n", said);
        Assert.Equal("(nil)", await server.CallAsync("GET", "k"));
    }

    [Fact]
    public async Task A_login_inside_a_transaction_is_an_answer_of_EXEC()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "local");
        await using var route = RunningRedisRoute.To(
            server, new RedisOptions { LocalPassword = new Secret("local") }, new RouteCredentials(null, () => "local"));
        string[][] requests =
        [
            ["AUTH", "local"], ["MULTI"], ["AUTH", "local"], ["SET", "k", "v"], ["AUTH", "wrong"], ["GET", "k"], ["EXEC"], ["GET", "k"],
            ["MULTI"], ["AUTH"], ["EXEC"], ["GET", "k"],
        ];

        await using var direct = await RedisWire.ConnectAsync(server.Port);
        await using var through = await route.ConnectAsync();

        foreach (string[] request in requests)
            Assert.Equal((string.Join(' ', request), await direct.CallAsync(request)), (string.Join(' ', request), await through.CallAsync(request)));
    }

    [Theory]
    [InlineData("CLIENT", "REPLY", "ON")]
    [InlineData("SUBSCRIBE", "c")]
    [InlineData("CLIENT", "TRACKING", "ON")]
    public async Task Whatever_state_a_client_is_in_what_it_logs_in_with_never_takes_the_place_of_the_routes_login(params string[] state)
    {
        using var volume = new TempVolume();
        string users = volume.Write("users.acl", "user default off\nuser orders on >s3cret ~* &* +@all\nuser other on >other ~* &* +@all\n");
        await using var server = await RedisServer.StartAsync("--aclfile", users);
        await using var route = RunningRedisRoute.To(server, new RedisOptions(), new RouteCredentials("orders", () => "s3cret"));
        await using var client = await route.ConnectAsync();

        Assert.Contains("|proto|:3|", await client.CallAsync("HELLO", "3"));
        await client.CallAsync(state);
        Assert.Equal("OK", await client.CallAsync("AUTH", "other", "other"));
        Assert.Equal("orders", await client.CallAsync("ACL", "WHOAMI"));
        Assert.Equal("RESET", await client.CallAsync("RESET"));
        Assert.Equal("orders", await client.CallAsync("ACL", "WHOAMI"));
    }
}
