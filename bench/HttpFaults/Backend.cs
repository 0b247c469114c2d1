using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HttpFaults;

/// An HTTP server in a process of its own, so that it can be killed and frozen. What it executes it says on stdout before it answers.
internal sealed class Backend(IPEndPoint address, TimeSpan idle)
{
    public const string Sick = "/control/sick";
    public const string Count = "/control/count";

    private readonly TextWriter _executed = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
    private volatile bool _isSick;
    private int _requests;

    public async Task ServeAsync()
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        listener.Bind(address);
        listener.Listen(1000);
        while (true) _ = ServeAsync(await listener.AcceptAsync());
    }

    private async Task ServeAsync(Socket accepted)
    {
        using var socket = accepted;
        socket.NoDelay = true;
        try
        {
            byte[] buffer = new byte[8192];
            for (int length = 0; ;)
            {
                // Gone without a word, as servers do with connections that nobody uses.
                using var patience = new CancellationTokenSource(length == 0 ? idle : Timeout.InfiniteTimeSpan, TimeProvider.System);
                int read = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, patience.Token);
                if (read == 0) return;
                length += read;
                string text = Encoding.ASCII.GetString(buffer, 0, length);
                if (!text.Contains("\r\n\r\n", StringComparison.Ordinal)) continue;
                length = 0;
                await socket.SendAsync(Encoding.ASCII.GetBytes(Answer(text.Split(' ', 3))));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // Somebody left, or was idle for too long.
        }
    }

    private string Answer(string[] line)
    {
        if (line[1] == Sick) _isSick = true;
        else if (line[0] is "GET" or "POST" && line[1] != Count) Interlocked.Increment(ref _requests);
        if (_isSick && !line[1].StartsWith("/control", StringComparison.Ordinal)) return "HTTP/1.1 503 Sick\r\nContent-Length: 0\r\n\r\n";
        if (line[0] == "POST") _executed.WriteLine(line[1]);
        string body = line[1] == Count ? Volatile.Read(ref _requests).ToString(CultureInfo.InvariantCulture) : address.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}
