using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.EndToEnd;

/// An HTTP proxy on a loopback port: takes CONNECT, and leads each host to a server beside us.
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly Func<string, Uri> _serverOf;
    private readonly Task _accepting;

    private ConnectProxy(Func<string, Uri> serverOf)
    {
        _serverOf = serverOf;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://{_listener.LocalEndpoint}");

    /// As `host:port`, each once.
    public IReadOnlyList<string> Asked => [.. _asked.Distinct(StringComparer.Ordinal)];

    public static ConnectProxy Start(Func<string, Uri> serverOf) => new(serverOf);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using var client = accepted;
        try
        {
            await using var near = client.GetStream();
            var host = (await ReadHeadAsync(near)).Split(' ')[1];
            _asked.Enqueue(host);
            var address = _serverOf(host);
            using var server = new TcpClient();
            await server.ConnectAsync(address.Host, address.Port, _stopping.Token);
            await using var far = server.GetStream();
            await near.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stopping.Token);
            await Task.WhenAny(near.CopyToAsync(far, _stopping.Token), far.CopyToAsync(near, _stopping.Token));
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream from)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await from.ReadAsync(one, _stopping.Token) == 1)
            head.Append((char)one[0]);
        return head.ToString();
    }
}
