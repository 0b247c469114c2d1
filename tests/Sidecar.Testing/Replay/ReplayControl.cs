using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Testing.Redis;

namespace Sidecar.Testing.Replay;

/// A connection straight to a server, beside the ones that are compared: it looks, waits and tidies up.
internal sealed class ReplayControl : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 20_000 };
    private byte[] _buffer = new byte[64 * 1024];
    private int _filled;

    public ReplayControl(int port) => _socket.Connect(IPAddress.Loopback, port);

    public ReplyTree Call(params string[] words)
    {
        _socket.Send(RedisWire.Frame(words));
        return Read();
    }

    /// Each call's reply has to be none of an error, unless it may be.
    public void CallAll(IEnumerable<string[]> calls)
    {
        using var all = new MemoryStream();
        int count = 0;
        foreach (string[] call in calls)
        {
            all.Write(RedisWire.Frame(call));
            count++;
        }
        _socket.Send(all.GetBuffer().AsSpan(0, (int)all.Length));
        for (int i = 0; i < count; i++)
        {
            if (Read() is { IsError: true } error)
                throw new InvalidOperationException($"the server refused to be tidied up: {error.Text}");
        }
    }

    /// The numbers of these sections of INFO.
    public Dictionary<string, string> Info(params string[] sections)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Call(["INFO", .. sections]).Text.Split("\r\n"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                values[line[..colon]] = line[(colon + 1)..];
        }
        return values;
    }

    public void Dispose() => _socket.Dispose();

    private ReplyTree Read()
    {
        int length;
        while ((length = ReplyTree.Measure(_buffer.AsSpan(0, _filled))) == 0)
        {
            if (_filled == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            int count = _socket.Receive(_buffer.AsSpan(_filled));
            if (count == 0)
                throw new IOException($"the server closed a connection of the replayer: {Encoding.Latin1.GetString(_buffer.AsSpan(0, _filled))}");
            _filled += count;
        }
        var reply = ReplyTree.Parse(_buffer.AsSpan(0, length));
        _buffer.AsSpan(length, _filled - length).CopyTo(_buffer);
        _filled -= length;
        return reply;
    }
}
