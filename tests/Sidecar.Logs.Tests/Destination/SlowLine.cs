using System.Net;
using System.Net.Sockets;

namespace Sidecar.Logs.Tests.Destination;

/// A line to a server that takes only so many bytes a second from us; what comes back is not held up.
internal sealed class SlowLine : IAsyncDisposable
{
    private const int ReceiveBuffer = 64 * 1024;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Uri _to;
    private readonly int _bytesPerTick;
    private readonly Task _accepting;

    public SlowLine(Uri to, int bytesPerSecond)
    {
        _to = to;
        _bytesPerTick = (int)(bytesPerSecond * Tick.TotalSeconds);
        _listener.Server.ReceiveBufferSize = ReceiveBuffer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _accepting;
        _listener.Stop();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var carrying = new List<Task>();
        try
        {
            while (true)
                carrying.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
        }
        catch (OperationCanceledException)
        {
        }

        await Task.WhenAll(carrying);
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(_to.Host, _to.Port, _ended.Token);
            var back = far.GetStream().CopyToAsync(near.GetStream(), _ended.Token);
            var bytes = new byte[_bytesPerTick];
            while (await near.GetStream().ReadAsync(bytes, _ended.Token) is > 0 and var read)
            {
                await far.GetStream().WriteAsync(bytes.AsMemory(0, read), _ended.Token);
                await Task.Delay(Tick, TimeProvider.System, _ended.Token);
            }

            far.Client.Shutdown(SocketShutdown.Send);
            await back;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
        }
    }
}
