using System.Net;
using System.Net.Sockets;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Tcp;

/// Measures the memory of the process, so nothing else may run in it meanwhile.
[Collection(nameof(AloneInTheProcess))]
public sealed class IdleConnectionsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_idle_connections_live_and_hold_no_buffers()
    {
        await using var backend = new RawBackend(async (socket, token) =>
        {
            var buffer = new byte[1];
            while (await socket.ReceiveAsync(buffer, token) > 0) await socket.SendAsync(buffer, token);
        });
        var (ambassador, listen) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var clients = new List<Socket>();
        for (var i = 0; i < 1000; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, listen, Cancellation);
            clients.Add(client);
        }

        await Eventually.EqualAsync(1000, () => (int)ambassador.Count("sidecar.ambassador.connections.open{route=x}"));
        var buffer = new byte[1];
        foreach (var client in clients) await client.SendAsync("x"u8.ToArray(), Cancellation);
        foreach (var client in clients) Assert.Equal(1, await client.ReceiveAsync(buffer, Cancellation));

        // Clients and backend are counted too; one buffer for each direction would be 131 MB.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, 0, 20_000_000);
        clients.ForEach(client => client.Dispose());
        await Eventually.EqualAsync(0, () => (int)ambassador.Count("sidecar.ambassador.connections.open{route=x}"));
    }
}
