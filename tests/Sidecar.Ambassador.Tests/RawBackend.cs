using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Ambassador.Tests;

/// A bare TCP server for behaviour that no proper server shows. Each connection runs the test's code until it ends.
internal sealed class RawBackend : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _accepted;

    public RawBackend(Func<Socket, CancellationToken, Task> serve)
    {
        _listener.Start(2000);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(serve);
    }

    public int Port { get; }

    public int Accepted => Volatile.Read(ref _accepted);

    /// Bodies, or targets where there is none, of the requests that arrived whole.
    public ConcurrentQueue<string> Executed { get; } = new();

    /// The request lines and headers of the same requests.
    public ConcurrentQueue<string> Heads { get; } = new();

    /// Reads requests with Content-Length or chunks one after the other and lets the test say what happens to each.
    public static RawBackend ForRequests(Func<string, Socket, Task<bool>> answer, TimeSpan? idle = null)
    {
        RawBackend? backend = null;
        return backend = new RawBackend(async (socket, token) =>
        {
            while (await ReadRequestAsync(socket, idle, token) is var (head, request))
            {
                // What the ambassador asks for itself is no request: a slow machine makes it ask more.
                if (!head.Contains("User-Agent: sidecar-ambassador", StringComparison.Ordinal))
                {
                    backend!.Heads.Enqueue(head);
                    backend.Executed.Enqueue(request);
                }

                if (!await answer(request, socket)) return;
            }
        });
    }

    public static Task SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.ASCII.GetBytes(text));

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    /// The head and "METHOD target|body", or null when the client left or was idle for too long.
    private static async Task<(string Head, string Request)?> ReadRequestAsync(Socket socket, TimeSpan? idle, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (idle is { } limit) patience.CancelAfter(limit);
        var text = "";
        var buffer = new byte[4096];
        while (true)
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                return null;
            }

            if (read == 0) return null;
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            text += Encoding.ASCII.GetString(buffer, 0, read);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) continue;
            var length = text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?[15..];
            var body = text[(end + 4)..];
            if (text[..end].Contains("chunked", StringComparison.OrdinalIgnoreCase) && !body.EndsWith("0\r\n\r\n")) continue;
            if (body.Length >= int.Parse(length ?? "0")) return (text[..(end + 2)], $"{text[..text.IndexOf(" HTTP/1.1", StringComparison.Ordinal)]}|{body}");
        }
    }

    private async Task AcceptAsync(Func<Socket, CancellationToken, Task> serve)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException || _stopping.IsCancellationRequested)
            {
                // A listener that is stopped between two accepts says that it was never started.
                return;
            }

            Interlocked.Increment(ref _accepted);
            _connections.Add(ServeAsync(socket, serve));
        }
    }

    private async Task ServeAsync(Socket socket, Func<Socket, CancellationToken, Task> serve)
    {
        using (socket)
        {
            try
            {
                await serve(socket, _stopping.Token);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // A client that left, or one of the ambassador's checks, which leave with a reset.
            }
        }
    }
}
