using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// What idle connections through sidecar-ambassador cost: pools of databases hold many.
public sealed class IdleConnectionsTests : IAsyncDisposable
{
    private const int Connections = 1000;
    private const long MostBytesAConnection = 16 * 1024;

    private readonly TcpListener _database = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_idle_connections_live_and_hold_no_buffers()
    {
        _database.Start(Connections);
        var databasePort = ((IPEndPoint)_database.LocalEndpoint).Port;
        var listen = FreePort.Next();
        await using var ambassador = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_DB"] = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{databasePort}"),
                ["AMBASSADOR_ROUTE_DB_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
            },
            Cancellation);
        await EchoOnceAsync(listen);
        var before = ambassador.ReadUsage().PrivateDirtyBytes;

        for (var i = 0; i < Connections; i++)
            await EchoOnceAsync(listen);

        // A buffer of the usual size for each direction would be 131 MB.
        Assert.InRange(ambassador.ReadUsage().PrivateDirtyBytes - before, long.MinValue, Connections * MostBytesAConnection);
    }

    public ValueTask DisposeAsync()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _database.Dispose();
        return ValueTask.CompletedTask;
    }

    /// Opens a connection through the ambassador, sends a byte each way, and leaves it open.
    private async Task EchoOnceAsync(int listen)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, listen, Cancellation);
        await client.SendAsync("q"u8.ToArray(), Cancellation);
        var buffer = new byte[1];
        while (true)
        {
            // The ambassador's own checks come in between and leave without a byte.
            var server = await _database.AcceptSocketAsync(Cancellation);
            _sockets.Add(server);
            if (await ReceiveAsync(server, buffer) == 0)
                continue;

            await server.SendAsync("a"u8.ToArray(), Cancellation);
            Assert.Equal(1, await client.ReceiveAsync(buffer, Cancellation));
            return;
        }
    }

    private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, Cancellation);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
