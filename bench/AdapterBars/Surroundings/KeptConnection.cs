using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace AdapterBars.Surroundings;

/// One open connection that asks again and again, on a bare socket: an HTTP client of ours would use up what is measured.
internal sealed class KeptConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[64 * 1024];

    public KeptConnection(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// The status, once the whole answer is there.
    public int Ask(ReadOnlySpan<byte> request)
    {
        _socket.Send(request);
        for (var (held, whole) = (0, int.MaxValue); ;)
        {
            var read = _socket.Receive(_answer.AsSpan(held));
            if (read == 0)
                throw new IOException("The connection was closed before an answer.");

            held += read;
            whole = whole < int.MaxValue ? whole : Length(_answer.AsSpan(0, held));
            if (held >= whole || _answer.AsSpan(0, held).EndsWith("\r\n0\r\n\r\n"u8))
                return (_answer[9] - '0') * 100;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static int Length(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        var at = answer.IndexOf("Content-Length: "u8);
        return head > 0 && at > 0 && Utf8Parser.TryParse(answer[(at + 16)..], out int length, out _) ? head + 4 + length : int.MaxValue;
    }
}
