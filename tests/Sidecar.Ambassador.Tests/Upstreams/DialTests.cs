using System.Net;
using System.Net.Sockets;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Upstreams;

public sealed class DialTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_other_address_is_taken_at_once_when_the_first_refuses()
    {
        using var six = Listening(IPAddress.IPv6Loopback, FreePort.Next(), backlog: 10);
        var port = ((IPEndPoint)six.LocalEndPoint!).Port;

        var (socket, took) = await ConnectAsync(port);
        using var _ = socket;

        Assert.Equal(six.LocalEndPoint, socket.RemoteEndPoint);
        Assert.InRange(took.TotalSeconds, 0, 0.2);
    }

    [Fact]
    public async Task The_other_address_is_tried_after_a_quarter_of_a_second_when_the_first_says_nothing()
    {
        var port = FreePort.Next();
        using var deaf = Listening(IPAddress.Loopback, port, backlog: 0);
        using var filler = await RunningAmbassador.ConnectAsync(port);
        using var six = Listening(IPAddress.IPv6Loopback, port, backlog: 10);

        var (socket, took) = await ConnectAsync(port);
        using var _ = socket;

        Assert.Equal(six.LocalEndPoint, socket.RemoteEndPoint);
        Assert.InRange(took.TotalSeconds, 0.24, 0.9);
    }

    [Fact]
    public async Task The_first_address_is_the_one_that_is_used_when_both_answer()
    {
        var port = FreePort.Next();
        using var four = Listening(IPAddress.Loopback, port, backlog: 10);
        using var six = Listening(IPAddress.IPv6Loopback, port, backlog: 10);

        var (socket, _) = await ConnectAsync(port);
        using var __ = socket;

        Assert.Equal(four.LocalEndPoint, socket.RemoteEndPoint);
        Assert.False(six.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task When_neither_answers_the_first_says_why()
    {
        var failure = await Assert.ThrowsAsync<ConnectFailure>(() => ConnectAsync(FreePort.Next()));

        Assert.Equal("connection refused", failure.Message);
    }

    private static async Task<(Socket Socket, TimeSpan Took)> ConnectAsync(int port)
    {
        var endpoint = new Endpoint(new IPEndPoint(IPAddress.Loopback, port), new HostPort("both", port), "", TimeProvider.System.GetUtcNow())
        {
            Other = new IPEndPoint(IPAddress.IPv6Loopback, port),
        };
        var began = TimeProvider.System.GetTimestamp();
        var socket = await Dial.ConnectAsync(endpoint, TimeProvider.System, Cancellation);
        return (socket, TimeProvider.System.GetElapsedTime(began));
    }

    private static Socket Listening(IPAddress address, int port, int backlog)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
        socket.Bind(new IPEndPoint(address, port));
        socket.Listen(backlog);
        return socket;
    }
}
