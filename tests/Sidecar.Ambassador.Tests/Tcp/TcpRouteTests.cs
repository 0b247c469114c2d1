using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Tcp;

public sealed class TcpRouteTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_second_endpoint_takes_over_when_the_first_refuses_and_the_first_is_found_again()
    {
        await using var standby = Saying("standby");
        var port = FreePort.Next();
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{port},127.0.0.1:{standby.Port}", ("HEALTH_INTERVAL", "100ms"));
        await using var _ = ambassador;

        for (var i = 0; i < 5; i++) Assert.Equal("standby", await ReadAllAsync(listen));
        using var primary = new TcpListener(IPAddress.Loopback, port);
        primary.Start();
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Health.IsHealthy && ambassador.Upstream().Endpoints.All[0].Failures == 0);
        while (primary.Pending()) (await primary.AcceptSocketAsync(Cancellation)).Dispose();
        using var client = await RunningAmbassador.ConnectAsync(listen);
        await client.SendAsync("to primary"u8.ToArray(), Cancellation);
        var received = "";
        while (received == "")
        {
            using var served = await primary.AcceptSocketAsync(Cancellation);
            var buffer = new byte[100];
            try
            {
                received = Encoding.ASCII.GetString(buffer, 0, await served.ReceiveAsync(buffer, Cancellation));
            }
            catch (SocketException)
            {
                // A health check, which says goodbye with a reset.
            }
        }

        Assert.Equal("to primary", received);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_the_connect_costs_one_second()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var deaf = (IPEndPoint)full.LocalEndPoint!;
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(deaf, Cancellation);
        await using var standby = Saying("standby");
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://{deaf},127.0.0.1:{standby.Port}");
        await using var _ = ambassador;
        var started = TimeProvider.System.GetTimestamp();

        Assert.Equal("standby", await ReadAllAsync(listen));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 2.5);
    }

    [Fact]
    public async Task Without_any_endpoint_the_client_is_reset()
    {
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{FreePort.Next()}");
        await using var _ = ambassador;

        var exception = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = await RunningAmbassador.ConnectAsync(listen);
            await client.ReceiveAsync(new byte[1], Cancellation);
        });

        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.connections.failed{route=x}"));
    }

    [Theory]
    [InlineData("30s")]
    [InlineData(null)]
    public async Task A_connection_above_the_limit_waits_as_long_as_the_route_lets_it(string? patience)
    {
        await using var backend = Saying("served");
        (string, string)[] waiting = patience == null ? [] : [("QUEUE_TIMEOUT", patience)];
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}", [("MAX_CONNECTIONS", "1"), .. waiting]);
        await using var _ = ambassador;
        using var first = await RunningAmbassador.ConnectAsync(listen);
        Assert.Equal(6, await first.ReceiveAsync(new byte[100], Cancellation));

        var second = ReadAllAsync(listen);
        if (patience == null)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => second);
            Assert.Equal(1, ambassador.Count("sidecar.ambassador.connections.failed{route=x}"));
        }
        else
        {
            await Eventually.EqualAsync(2, () => (int)ambassador.Count("sidecar.ambassador.connections{route=x}"));
        }

        Assert.Equal(patience == null, second.IsCompleted);
        first.Close();

        if (patience != null) Assert.Equal("served", await second);
    }

    [Fact]
    public async Task One_sides_end_is_passed_on_while_the_other_goes_on()
    {
        await using var backend = new RawBackend(async (socket, token) =>
        {
            using var stream = new NetworkStream(socket);
            var all = await new StreamReader(stream).ReadToEndAsync(token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{all.Length} bytes, after your end"), token);
        });
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(listen);
        using var stream = new NetworkStream(client);

        await stream.WriteAsync(new byte[1000], Cancellation);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("1000 bytes, after your end", await new StreamReader(stream).ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_reset_is_passed_on_as_a_reset_in_both_directions()
    {
        var backendSaw = new TaskCompletionSource<SocketError>();
        await using var backend = new RawBackend(async (socket, token) =>
        {
            var buffer = new byte[10];
            await socket.ReceiveAsync(buffer, token);
            if (buffer[0] == 'r')
            {
                RawBackend.Reset(socket);
                return;
            }

            try
            {
                await socket.ReceiveAsync(buffer, token);
            }
            catch (SocketException e)
            {
                backendSaw.SetResult(e.SocketErrorCode);
            }
        });
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;

        using var fromBackend = await RunningAmbassador.ConnectAsync(listen);
        await fromBackend.SendAsync("r"u8.ToArray(), Cancellation);
        var exception = await Assert.ThrowsAsync<SocketException>(() => fromBackend.ReceiveAsync(new byte[1], Cancellation).AsTask());
        var fromClient = await RunningAmbassador.ConnectAsync(listen);
        await fromClient.SendAsync("x"u8.ToArray(), Cancellation);
        await Eventually.EqualAsync(2, () => (int)ambassador.Count("sidecar.ambassador.bytes{route=x,direction=sent}"));
        RawBackend.Reset(fromClient);

        Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        Assert.Equal(SocketError.ConnectionReset, await backendSaw.Task.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task Every_byte_arrives_in_order_both_ways_at_once()
    {
        const int Bytes = 50_000_000;
        await using var backend = new RawBackend(async (socket, token) =>
        {
            using var stream = new NetworkStream(socket);
            await stream.CopyToAsync(stream, token);
        });
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(listen);
        using var stream = new NetworkStream(client);
        var sent = new byte[Bytes];
        new Random(2301).NextBytes(sent);
        var received = new byte[Bytes];

        var reading = stream.ReadExactlyAsync(received, Cancellation);
        await stream.WriteAsync(sent, Cancellation);
        await reading;

        Assert.True(sent.AsSpan().SequenceEqual(received));
        Assert.Equal(Bytes, ambassador.Count("sidecar.ambassador.bytes{route=x,direction=received}"));
    }

    [Fact]
    public async Task The_end_of_the_ambassador_resets_what_is_still_open()
    {
        await using var backend = new RawBackend((socket, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(listen);
        await Eventually.EqualAsync(1, () => backend.Accepted > 0 ? (int)ambassador.Count("sidecar.ambassador.connections.open{route=x}") : 0);

        await ambassador.StopAsync();

        await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[1], Cancellation).AsTask());
        await Assert.ThrowsAsync<SocketException>(() => RunningAmbassador.ConnectAsync(listen));
    }

    private static RawBackend Saying(string text) => new(async (socket, token) =>
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), token);
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(new byte[1], token);
    });

    private static async Task<string> ReadAllAsync(int port)
    {
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);
        return await new StreamReader(stream).ReadToEndAsync(Cancellation);
    }
}
