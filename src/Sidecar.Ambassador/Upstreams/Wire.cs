using System.Net.Security;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>One side of a connection whose bytes are carried: a socket, encrypted or not.</summary>
internal sealed class Wire(Socket socket) : IDisposable
{
    private SslStream? _tls;

    /// <summary>Fails with a <see cref="ConnectFailure"/>, also when the endpoint is not who it should be.</summary>
    public static async Task<Wire> ConnectAsync(Endpoint endpoint, UpstreamTls? tls, TimeProvider time, CancellationToken cancellation)
    {
        var wire = new Wire(await Dial.ConnectAsync(endpoint, time, cancellation));
        if (tls == null) return wire;
        try
        {
            await wire.EncryptAsync(tls, endpoint.Origin.Host, time, cancellation);
            return wire;
        }
        catch
        {
            wire.Dispose();
            throw;
        }
    }

    public bool IsEncrypted => _tls != null;

    /// <summary>Everything from now on is encrypted.</summary>
    public async Task EncryptAsync(UpstreamTls tls, string host, TimeProvider time, CancellationToken cancellation) =>
        _tls = await tls.EncryptAsync(new NetworkStream(socket, ownsSocket: true), host, time, cancellation);

    /// <summary>What the peer has against our certificate; null for nothing. Only for a connection that is then left.</summary>
    public async Task<string?> HearRefusalAsync(TimeProvider time, CancellationToken cancellation) =>
        _tls == null ? null : await UpstreamTls.HearRefusalAsync(_tls, time, cancellation);

    /// <summary>With an empty buffer it only waits until there is something.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellation) =>
        _tls == null ? socket.ReceiveAsync(into, SocketFlags.None, cancellation) : _tls.ReadAsync(into, cancellation);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (_tls != null)
        {
            await _tls.WriteAsync(bytes, cancellation);
            return;
        }

        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
    }

    /// <summary>Says that nothing more comes; the other direction goes on.</summary>
    public async Task EndSendingAsync(CancellationToken cancellation)
    {
        // That is a message too, and may wait for a peer that does not read.
        if (_tls != null) await _tls.ShutdownAsync().WaitAsync(cancellation);
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Whoever is reset knows that the bytes did not all arrive; an orderly end would look like the end of an answer.</summary>
    public void ResetWhenClosed()
    {
        if (socket.ProtocolType == ProtocolType.Tcp) socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    public void Dispose()
    {
        // Not the stream: that would say good-bye first.
        socket.Dispose();
        _tls?.Dispose();
    }
}
