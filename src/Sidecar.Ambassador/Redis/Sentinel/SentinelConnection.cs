using System.Net.Sockets;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Sentinel;

/// A short conversation with one Sentinel or server: calls one after the other, or a subscription.
internal sealed class SentinelConnection : IDisposable
{
    private const int MaxReply = 4 * 1024 * 1024;

    private readonly Socket _socket;
    private readonly List<byte> _frame = [];
    private readonly byte[] _received = new byte[16 * 1024];
    private int _start;
    private int _end;

    private SentinelConnection(Socket socket) => _socket = socket;

    public static async Task<SentinelConnection> ConnectAsync(HostPort host, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host.Host, host.Port, cancellation);
            return new SentinelConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task<RespValue> CallAsync(CancellationToken cancellation, params string[] words)
    {
        await _socket.SendAsync(RequestWriter.Encode(words), SocketFlags.None, cancellation);
        return await ReadAsync(cancellation);
    }

    /// The next reply, or the next message of a subscription.
    public async Task<RespValue> ReadAsync(CancellationToken cancellation)
    {
        var reader = default(ReplyReader);
        _frame.Clear();
        while (true)
        {
            var status = reader.Read(_received.AsSpan(_start, _end - _start), out int consumed);
            _frame.AddRange(_received.AsSpan(_start, consumed));
            _start += consumed;
            if (status == FrameStatus.Complete && RespValue.TryParse(_frame.ToArray(), out var value))
                return value!;
            if (status != FrameStatus.Incomplete || _frame.Count > MaxReply)
                throw new IOException("not a reply of a Sentinel");

            _start = 0;
            _end = await _socket.ReceiveAsync(_received, SocketFlags.None, cancellation);
            if (_end == 0)
                throw new IOException("the connection was closed");
        }
    }

    public void Dispose() => _socket.Dispose();
}
