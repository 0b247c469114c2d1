using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HttpFaults;

/// One client with a connection of its own, which it keeps. It never repeats anything.
internal sealed class Caller(IPEndPoint to, string method, Tally tally) : IDisposable
{
    private static int _last;

    private readonly byte[] _buffer = new byte[8192];
    private Socket? _socket;

    public static async Task<bool> IsAnsweredAsync(IPEndPoint address)
    {
        var tally = new Tally();
        using var caller = new Caller(address, "GET", tally);
        await caller.AskAsync();
        return tally is { Requests: 1, Failed: 0 };
    }

    /// So many callers for so long: each asks when it has its answer, or once in a time.
    public static async Task<Tally> AskAsync(int port, int callers, string method, TimeSpan time, TimeSpan pace = default)
    {
        var tally = new Tally();
        long began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            using var caller = new Caller(new IPEndPoint(IPAddress.Loopback, port), method, tally);
            while (TimeProvider.System.GetElapsedTime(began) < time)
            {
                await caller.AskAsync();
                if (pace > TimeSpan.Zero) await Task.Delay(pace, TimeProvider.System);
            }
        }));
        return tally;
    }

    public void Dispose() => _socket?.Dispose();

    private async Task AskAsync()
    {
        long began = TimeProvider.System.GetTimestamp();
        string? answer = null;
        try
        {
            if (_socket == null)
            {
                _socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await _socket.ConnectAsync(to);
            }

            string request = string.Create(CultureInfo.InvariantCulture, $"{method} /{Interlocked.Increment(ref _last)} HTTP/1.1\r\nHost: bench\r\n{(method == "POST" ? "Content-Length: 0\r\n" : "")}\r\n");
            await _socket.SendAsync(Encoding.ASCII.GetBytes(request));
            answer = await ReadAsync(_socket);
        }
        catch (SocketException)
        {
            // Reset, or refused.
        }

        bool isGood = answer?.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) == true;
        tally.Add(isGood, TimeProvider.System.GetElapsedTime(began), isGood ? answer![(answer!.LastIndexOf('\n') + 1)..] : "");
        if (answer != null && !answer.Contains("onnection: close", StringComparison.Ordinal)) return;
        _socket?.Dispose();
        _socket = null;
    }

    /// The whole answer; null when the connection ended before.
    private async Task<string?> ReadAsync(Socket socket)
    {
        for (int length = 0; ;)
        {
            int read = await socket.ReceiveAsync(_buffer.AsMemory(length));
            if (read == 0) return null;
            length += read;
            string text = Encoding.ASCII.GetString(_buffer, 0, length);
            int head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            string? said = text[..head].Split("\r\n").FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
            if (said == null || length >= head + 4 + int.Parse(said.AsSpan(15), CultureInfo.InvariantCulture)) return text;
        }
    }
}
