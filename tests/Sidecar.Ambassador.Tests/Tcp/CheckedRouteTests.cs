using System.Net.Sockets;
using System.Text;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Tcp;

public sealed class CheckedRouteTests
{
    private static readonly (string, string) Often = ("HEALTH_INTERVAL", "100ms");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endpoint_that_says_something_else_than_expected_is_passed_over()
    {
        await using var maintenance = Greeting("-ERR down for maintenance\r\n");
        await using var sound = Greeting("+OK ready\r\n");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(Both(maintenance, sound), Often, ("HEALTH_TIMEOUT", "200ms"), ("CHECK", "expect +OK"));
        await using var _ = ambassador;

        await Eventually.TrueAsync(() => !ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);

        Assert.Equal(@"said '-ERR down for maintenance\x0d\x0a' instead of '+OK'", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Assert.Equal("+OK", await FirstWordAsync(port));
    }

    [Fact]
    public async Task An_endpoint_that_answers_a_question_wrongly_is_passed_over_and_found_again()
    {
        var answer = "-LOADING\r\n";
        await using var loading = new RawBackend(async (socket, token) =>
        {
            var buffer = new byte[100];
            var asked = await socket.ReceiveAsync(buffer, token);
            await socket.SendAsync(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(buffer, 0, asked) == "PING\r\n" ? answer : "?"), token);
            await socket.ReceiveAsync(buffer, token);
        });
        var (ambassador, _) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{loading.Port}", Often, ("HEALTH_TIMEOUT", "200ms"), ("CHECK", @"send PING\r\n; expect +PONG"));
        await using var __ = ambassador;
        var endpoint = ambassador.Upstream().Endpoints.All[0];

        await Eventually.EqualAsync(@"said '-LOADING\x0d\x0a' instead of '+PONG'", () => Words(endpoint));
        answer = "+PONG\r\n";

        await Eventually.TrueAsync(() => endpoint.Health.IsHealthy);
    }

    [Fact]
    public async Task Connections_to_an_endpoint_that_went_down_are_closed_when_there_is_another_one()
    {
        var greeting = "+OK a\r\n";
        await using var first = new RawBackend((socket, token) => GreetAsync(socket, greeting, token));
        await using var second = Greeting("+OK b\r\n");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(Both(first, second), Often, ("HEALTH_TIMEOUT", "200ms"), ("CHECK", "expect +OK"));
        await using var _ = ambassador;
        using var session = await RunningAmbassador.ConnectAsync(port);
        Assert.Equal("+OK a\r\n", await HearAsync(session));

        greeting = "-ERR\r\n";

        var exception = await Assert.ThrowsAsync<SocketException>(() => HearAsync(session));
        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        using var again = await RunningAmbassador.ConnectAsync(port);
        Assert.Equal("+OK b\r\n", await HearAsync(again));
        await Eventually.EqualAsync(1, () => (int)ambassador.Count("sidecar.ambassador.connections.left{route=x}"));
    }

    [Fact]
    public async Task Connections_stay_when_there_is_nowhere_to_go()
    {
        var greeting = "+OK\r\n";
        await using var only = new RawBackend((socket, token) => GreetAsync(socket, greeting, token));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{only.Port}", Often, ("HEALTH_TIMEOUT", "200ms"), ("CHECK", "expect +OK"));
        await using var _ = ambassador;
        using var session = await RunningAmbassador.ConnectAsync(port);
        Assert.Equal("+OK\r\n", await HearAsync(session));

        greeting = "-ERR\r\n";
        await Eventually.TrueAsync(() => !ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);

        await session.SendAsync("still there?"u8.ToArray(), Cancellation);
        Assert.Equal("still there?", await HearAsync(session));
    }

    [Fact]
    public async Task Connections_stay_where_the_user_wants_that()
    {
        var greeting = "+OK a\r\n";
        await using var first = new RawBackend((socket, token) => GreetAsync(socket, greeting, token));
        await using var second = Greeting("+OK b\r\n");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(Both(first, second), Often, ("HEALTH_TIMEOUT", "200ms"), ("CHECK", "expect +OK"), ("ON_DOWN", "keep"));
        await using var _ = ambassador;
        using var session = await RunningAmbassador.ConnectAsync(port);
        Assert.Equal("+OK a\r\n", await HearAsync(session));

        greeting = "-ERR\r\n";
        await Eventually.TrueAsync(() => !ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);

        await session.SendAsync("still there?"u8.ToArray(), Cancellation);
        Assert.Equal("still there?", await HearAsync(session));
    }

    [Fact]
    public async Task An_endpoint_that_is_slow_to_answer_delays_no_other_check()
    {
        var checks = 0;
        await using var silent = new RawBackend((_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
        await using var sound = new RawBackend((socket, token) =>
        {
            Interlocked.Increment(ref checks);
            return GreetAsync(socket, "+OK\r\n", token);
        });
        var (ambassador, _) = await RunningAmbassador.StartRouteAsync(Both(silent, sound), Often, ("HEALTH_TIMEOUT", "1m"), ("CHECK", "expect +OK"));
        await using var __ = ambassador;

        await Eventually.TrueAsync(() => Volatile.Read(ref checks) > 5);

        Assert.Equal(1, silent.Accepted);
    }

    [Fact]
    public async Task A_connection_waits_for_an_endpoint_where_the_user_wants_that()
    {
        var port = FreePort.Next();
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{port}", ("QUEUE_TIMEOUT", "1m"));
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(listen);
        await client.SendAsync("early"u8.ToArray(), Cancellation);
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Failures > 0);

        using var late = new TcpListener(System.Net.IPAddress.Loopback, port);
        late.Start();

        var heard = "";
        while (heard == "")
        {
            using var accepted = await late.AcceptSocketAsync(Cancellation);
            try
            {
                heard = await HearAsync(accepted);
            }
            catch (SocketException)
            {
                // One of the ambassador's checks, which leave with a reset.
            }
        }

        Assert.Equal("early", heard);
    }

    private static string? Words(Endpoint endpoint) => endpoint.Health.DownReason;

    private static string Both(RawBackend first, RawBackend second) => $"tcp://127.0.0.1:{first.Port},127.0.0.1:{second.Port}";

    private static RawBackend Greeting(string text) => new((socket, token) => GreetAsync(socket, text, token));

    // Says its greeting, and then what it hears.
    private static async Task GreetAsync(Socket socket, string text, CancellationToken cancellation)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), cancellation);
        var buffer = new byte[100];
        int received;
        while ((received = await socket.ReceiveAsync(buffer, cancellation)) > 0) await socket.SendAsync(buffer.AsMemory(0, received), cancellation);
    }

    private static async Task<string> FirstWordAsync(int port)
    {
        using var socket = await RunningAmbassador.ConnectAsync(port);
        return (await HearAsync(socket)).Split(' ')[0];
    }

    private static async Task<string> HearAsync(Socket socket)
    {
        var buffer = new byte[200];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, Cancellation));
    }
}
