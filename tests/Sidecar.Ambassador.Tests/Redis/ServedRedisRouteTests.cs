using System.Net.Sockets;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Redis routes as their variables make them.
public sealed class ServedRedisRouteTests
{
    [Fact]
    public async Task A_password_in_the_URL_of_a_route_that_is_given_as_a_file_follows_the_file()
    {
        using var volume = new TempVolume();
        await using var server = await RedisServer.StartAsync("--requirepass", "old");
        await server.CallAsync("ACL", "SETUSER", "app", "on", ">new", "~*", "+@all");
        string file = volume.Write("route", $"redis://:old@{server.Address}");
        int port = FreePort.Next();
        await using var ambassador = await RunningAmbassador.StartAsync(("AMBASSADOR_ROUTE_X_FILE", file), ("AMBASSADOR_ROUTE_X_LISTEN", $"{port}"));
        await using var client = await RedisWire.ConnectAsync(port);
        Assert.Equal("default", await client.CallAsync("ACL", "WHOAMI"));

        volume.Write("route", $"redis://app:new@{server.Address}");

        await Eventually.TrueAsync(async () =>
        {
            await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
            return await client.CallAsync("ACL", "WHOAMI") == "app";
        });
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public async Task A_unix_socket_has_the_mode_that_was_asked_for_and_serves_what_the_route_allows()
    {
        using var volume = new TempVolume();
        await using var server = await RedisServer.StartAsync();
        string path = volume.PathOf("redis.sock");
        await using var ambassador = await RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_X", $"redis://{server.Address}"), ("AMBASSADOR_ROUTE_X_LISTEN", $"unix:{path}"), ("AMBASSADOR_ROUTE_X_LISTEN_MODE", "0660"),
            ("AMBASSADOR_ROUTE_X_LOCAL_PASSWORD", "local"), ("AMBASSADOR_DENY", "FLUSHALL"));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);

        await client.SendAsync("PING\r\nAUTH local\r\nPING\r\nFLUSHALL\r\nQUIT\r\n"u8.ToArray());
        using var reader = new StreamReader(new NetworkStream(client));
        string said = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
        Assert.Equal(
            "-NOAUTH Authentication required.\r\n+OK\r\n+PONG\r\n-NOPERM this user has no permissions to run the 'flushall' command\r\n+OK\r\n", said);
    }

    [Fact]
    public async Task A_certificate_that_does_not_verify_degrades_the_ambassador_and_leaves_it_ready()
    {
        using var certificates = new Certificates();
        int tls = FreePort.Next();
        await using var server = await RedisServer.StartAsync(certificates.Arguments(tls));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"rediss://127.0.0.1:{tls}", ("QUEUE_TIMEOUT", "300ms"));
        await using var running = ambassador;
        await using var client = await RedisWire.ConnectAsync(port);

        string said = await client.CallAsync("PING");

        Assert.Equal("-ERR no upstream (TLS failed: its certificate was issued by 'CN=test authority', which is not trusted); the command was not executed", said);
        Assert.Contains("which is not trusted", Assert.Single(ambassador.State.Troubles, trouble => trouble.IsOn).Reason);
        Assert.Empty(ambassador.State.UnmetConditions);
    }
}
