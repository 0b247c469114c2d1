using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// The app speaks plain Redis, the wire is encrypted, and the server is the one that it should be.
public sealed class TlsUpstreamTests
{
    [Theory]
    [InlineData(nameof(RedisIoKind.Epoll))]
    [InlineData(nameof(RedisIoKind.Sockets))]
    public async Task Small_and_large_values_transactions_and_subscriptions_pass_through_TLS(string io)
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port));
        await using var route = To(port, certificates.Trusting(), new RedisOptions { Io = Enum.Parse<RedisIoKind>(io) });
        await using var client = await route.ConnectAsync();
        await using var subscriber = await route.ConnectAsync();
        string value = string.Create(5_000_000, 0, static (text, _) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = (char)('a' + (i % 26));
        });

        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        Assert.Equal("v", await client.CallAsync("GET", "k"));
        Assert.Equal("OK", await client.CallAsync("SET", "big", value));
        Assert.Equal(value, await client.CallAsync("GET", "big"));
        Assert.Equal("OK", await client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await client.CallAsync("INCR", "n"));
        Assert.Equal(":1", await client.CallAsync("EXEC"));
        Assert.Equal("subscribe|news|:1", await subscriber.CallAsync("SUBSCRIBE", "news"));
        Assert.Equal(":1", await client.CallAsync("PUBLISH", "news", value));
        Assert.Equal($"message|news|{value}", await subscriber.ReadAsync());
        for (int i = 0; i < 5000; i++)
            await client.SendAsync("ECHO", $"{i}");
        for (int i = 0; i < 5000; i++)
            Assert.Equal($"{i}", await client.ReadAsync());
        Assert.Empty(route.Warnings);
    }

    [Fact]
    public async Task Many_clients_at_once_each_get_their_own_replies_through_TLS()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port));
        await using var route = To(port, certificates.Trusting());

        await Task.WhenAll(Enumerable.Range(0, 50).Select(async number =>
        {
            await using var client = await route.ConnectAsync();
            for (int i = 0; i < 40; i++)
            {
                string text = new((char)('a' + (number % 26)), 1 + (i * number * 20));
                for (int burst = 0; burst < 5; burst++)
                    await client.SendAsync("ECHO", text);
                for (int burst = 0; burst < 5; burst++)
                    Assert.Equal(text, await client.ReadAsync());
            }
        }));
    }

    [Fact]
    public async Task A_killed_server_is_found_again_and_what_waited_is_executed()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port));
        await using var route = To(port, certificates.Trusting());
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));

        await server.KillAsync();
        await client.SendAsync("INCR", "n");
        await Eventually.TrueAsync(() => route.Counters.Held + route.Counters.FateUnknown > 0);
        await server.StartAgainAsync();

        Assert.Equal(":1", await client.ReadAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_blocks_frees_its_connection()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port));
        await using var route = To(port, certificates.Trusting());
        var waiting = await route.ConnectAsync();

        await waiting.SendAsync("BLPOP", "queue", "0");
        await Eventually.TrueAsync(async () => (await server.CallAsync("INFO", "clients")).Contains("blocked_clients:1", StringComparison.Ordinal));
        waiting.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);

        await Eventually.TrueAsync(async () => (await server.CallAsync("INFO", "clients")).Contains("blocked_clients:0", StringComparison.Ordinal));
        await Eventually.EqualAsync(0, () => route.Counters.Clients);
        await waiting.DisposeAsync();
    }

    [Fact]
    public async Task A_certificate_of_an_authority_that_is_not_trusted_is_refused_with_its_reason_until_the_file_vouches_for_it()
    {
        using var certificates = new Certificates();
        using var stranger = new TestAuthority("a stranger");
        int port = FreePort.Next();
        string trusted = certificates.Write("trusted.pem", stranger.Pem);
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port));
        await using var route = To(port, certificates.Trusting(trusted), Impatient);
        await using var client = await route.ConnectAsync();

        string first = await client.CallAsync("GET", "k");
        string? trouble = route.Trouble;
        await Eventually.TrueAsync(() => route.Counters.ConnectsFailed > 3);
        certificates.Write("trusted.pem", stranger.Pem + certificates.Authority.Pem);
        await Eventually.TrueAsync(async () => await client.CallAsync("GET", "k") == "(nil)");

        const string Reason = "TLS failed: its certificate was issued by 'CN=test authority', which is not trusted";
        Assert.Equal($"-ERR no upstream ({Reason}); the command was not executed", first);
        Assert.Equal(Reason, trouble);
        Assert.Contains(Reason, Assert.Single(route.Warnings));
        await Eventually.TrueAsync(() => route.Trouble is null);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_and_the_name_can_be_said()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        using var elsewhere = certificates.Authority.Issue("cache", "cache.example.com", "10.1.2.3");
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port, elsewhere));
        await using var refused = To(port, certificates.Trusting(), Impatient);
        await using var named = To(port, certificates.Trusting(serverName: "cache.example.com"));
        await using var one = await refused.ConnectAsync();
        await using var two = await named.ConnectAsync();

        Assert.Equal(
            "-ERR no upstream (TLS failed: its certificate is for 'cache.example.com', '10.1.2.3', not for '127.0.0.1'); the command was not executed",
            await one.CallAsync("PING"));
        Assert.Equal("PONG", await two.CallAsync("PING"));
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_refused_unless_the_route_is_insecure_on_purpose()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        var now = TimeProvider.System.GetUtcNow();
        using var expired = certificates.Authority.Issue("localhost", now.AddHours(-2), now.AddHours(-1), "127.0.0.1");
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port, expired));
        await using var refused = To(port, certificates.Trusting(), Impatient);
        await using var insecure = To(port, certificates.Trusting(isInsecure: true));
        await using var one = await refused.ConnectAsync();
        await using var two = await insecure.ConnectAsync();

        Assert.StartsWith($"-ERR no upstream (TLS failed: its certificate has expired: it is valid from {expired.NotBefore.ToUniversalTime():u} to ", await one.CallAsync("PING"));
        Assert.Equal("PONG", await two.CallAsync("PING"));
    }

    [Fact]
    public async Task A_server_that_wants_a_client_certificate_gets_it_and_a_rotated_one_next_time()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        using var first = certificates.Authority.Issue("first");
        using var second = certificates.Authority.Issue("second");
        var own = certificates.Write("client", first);
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port, wantsClients: true));
        await using var none = To(port, certificates.Trusting(), Impatient);
        await using var route = To(port, certificates.Trusting(own: own));
        await using var refused = await none.ConnectAsync();
        await using var client = await route.ConnectAsync();

        Assert.Equal("-ERR no upstream (TLS failed: it asks for a client certificate); the command was not executed", await refused.CallAsync("PING"));
        Assert.Equal("PONG", await client.CallAsync("PING"));
        certificates.Write("client", second);
        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
        Assert.Equal("PONG", await client.CallAsync("PING"));
    }

    [Fact]
    public async Task A_server_that_does_not_speak_TLS_is_no_upstream_and_says_why()
    {
        using var certificates = new Certificates();
        await using var server = await RedisServer.StartAsync();
        await using var route = To(server.Port, certificates.Trusting(), Impatient with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        await using var client = await route.ConnectAsync();

        Assert.StartsWith("-ERR no upstream (", await client.CallAsync("PING"));
        await Eventually.TrueAsync(() => route.Trouble is not null);
        Assert.Contains("TLS", route.Trouble);
    }

    [Fact]
    public async Task A_server_that_speaks_TLS_to_a_route_that_does_not_is_recognised()
    {
        using var certificates = new Certificates();
        int port = FreePort.Next();
        await using var server = await RedisServer.StartAsync(certificates.Arguments(port));
        await using var route = RunningRedisRoute.To(port, Impatient);
        await using var client = await route.ConnectAsync();

        Assert.Contains("if it speaks TLS, the URL begins with rediss", await client.CallAsync("PING"));
    }

    private static RedisOptions Impatient => new() { QueueTimeout = TimeSpan.FromMilliseconds(700) };

    private static RunningRedisRoute To(int port, UpstreamTls tls, RedisOptions? options = null) =>
        new(new RedisRoute { Name = "cache", Hosts = [new HostPort("127.0.0.1", port)], Tls = tls }, options ?? new RedisOptions());
}
