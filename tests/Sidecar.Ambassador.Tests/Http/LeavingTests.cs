using System.Net.Sockets;
using System.Net.WebSockets;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

/// What apps notice when the ambassador is told to stop.
public sealed class LeavingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_the_app_lives_requests_are_served_after_the_signal_and_connections_are_told_to_close()
    {
        await using var backend = await HttpBackend.StartAsync("served");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("DENY", "* /denied"));
        using var client = RunningAmbassador.Client(port);
        using var before = await client.GetAsync("/", Cancellation);

        ambassador.State.IsDraining = true;
        using var first = await client.GetAsync("/", Cancellation);
        using var second = await client.GetAsync("/", Cancellation);
        using var denied = await client.GetAsync("/denied", Cancellation);
        await ambassador.DisposeAsync();

        Assert.NotEqual(true, before.Headers.ConnectionClose);
        Assert.Equal("served", await second.Content.ReadAsStringAsync(Cancellation));
        Assert.All((HttpResponseMessage[])[first, second, denied], answer => Assert.True(answer.Headers.ConnectionClose));
        await Assert.ThrowsAsync<SocketException>(() => RunningAmbassador.ConnectAsync(port));
    }

    [Theory]
    [InlineData("between two frames")]
    [InlineData("within a frame")]
    public async Task A_websocket_gets_a_close_frame_and_the_endpoint_the_apps_own(string when)
    {
        var seenByEndpoint = new TaskCompletionSource<WebSocketCloseStatus?>();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
            // More than the buffers on the way hold: the frame is under way until the app reads.
            if (when == "within a frame") await socket.SendAsync(new byte[16_000_000], WebSocketMessageType.Binary, endOfMessage: true, Cancellation);
            var message = await socket.ReceiveAsync(new byte[100], Cancellation);
            seenByEndpoint.SetResult(message.CloseStatus);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancellation);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = new ClientWebSocket();
        client.Options.KeepAliveInterval = TimeSpan.Zero;
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/"), Cancellation);
        var buffer = new byte[1 << 20];
        var hello = await client.ReceiveAsync(buffer, Cancellation);
        var received = when == "within a frame" ? (await client.ReceiveAsync(new byte[100], Cancellation)).Count : 0;

        var leaving = ambassador.StopAsync();
        await Eventually.TrueAsync(() => IsRefusedAsync(port));
        WebSocketReceiveResult result;
        while ((result = await client.ReceiveAsync(buffer, Cancellation)).MessageType != WebSocketMessageType.Close) received += result.Count;
        await client.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "", Cancellation);

        Assert.Equal(5, hello.Count);
        Assert.Equal(when == "within a frame" ? 16_000_000 : 0, received);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, result.CloseStatus);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await seenByEndpoint.Task.WaitAsync(Cancellation));
        await leaving;
    }

    private static async Task<bool> IsRefusedAsync(int port)
    {
        try
        {
            using var socket = await RunningAmbassador.ConnectAsync(port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
