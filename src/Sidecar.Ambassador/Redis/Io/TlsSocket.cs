using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Redis.Io;

/// TLS on top of another socket of the loop. .NET's SslStream reads and writes that socket through a SocketStream, and all that it
/// waits for is ended by the loop itself, so nothing leaves the loop's thread and nothing is locked.
internal sealed class TlsSocket : IRedisSocket, IReady, IDisposable
{
    // What one TLS record holds.
    private const int RecordSize = 16 * 1024;

    private readonly IRedisIo _io;
    private readonly IReady _ready;
    private readonly IRedisSocket _socket;
    private readonly SocketStream _bytes;
    private readonly SslStream _tls;
    private readonly SslClientAuthenticationOptions _options;
    private readonly PeerCheck _check;
    private readonly Signal _resumed = new();
    private readonly byte[] _inbox = GC.AllocateUninitializedArray<byte>(RecordSize);
    private readonly byte[] _outbox = GC.AllocateUninitializedArray<byte>(RecordSize);
    private int _inboxStart;
    private int _inboxEnd;
    private bool _isOpen;
    private bool _isAtEnd;
    private bool _isWriting;
    private bool _wantsToSend;
    private bool _endsAfterSend;
    private bool _isClosed;

    public TlsSocket(IRedisIo io, EndPoint endPoint, UpstreamTls tls, string host, IReady ready)
    {
        (_io, _ready) = (io, ready);
        _options = tls.Open(host, out _check);
        _socket = io.Connect(endPoint, this);
        _bytes = new SocketStream(_socket);
        _tls = new SslStream(_bytes, leaveInnerStreamOpen: true);
    }

    public bool IsReading
    {
        get;
        set
        {
            bool isResumed = value && !field;
            field = value;
            // Not at once: whoever sets this may be in the middle of reading.
            if (isResumed)
                _io.Post(_resumed.Set);
        }
    } = true;

    public int Receive(Span<byte> into)
    {
        if (_isClosed)
            return SocketResult.Lost;
        int count = Math.Min(into.Length, _inboxEnd - _inboxStart);
        if (count == 0)
            return _isAtEnd ? 0 : SocketResult.Later;
        _inbox.AsSpan(_inboxStart, count).CopyTo(into);
        _inboxStart += count;
        return count;
    }

    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (_isClosed)
            return SocketResult.Lost;
        int taken = 0;
        while (taken < bytes.Length && _isOpen && !_isWriting)
        {
            int count = Math.Min(bytes.Length - taken, RecordSize);
            bytes.Slice(taken, count).CopyTo(_outbox);
            taken += count;
            var write = _tls.WriteAsync(_outbox.AsMemory(0, count));
            if (write.IsCompletedSuccessfully)
                write.GetAwaiter().GetResult();
            else if (write.IsCompleted)
                LoseSoon();
            else
                _ = FinishWriteAsync(write);
        }
        _wantsToSend = taken < bytes.Length;
        return taken;
    }

    public void EndSending()
    {
        if (_isWriting)
            _endsAfterSend = true;
        else
            _ = FinishWriteAsync(new ValueTask(_tls.ShutdownAsync()));
    }

    public void Close()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _socket.Close();
        _bytes.Dispose();
        _resumed.Set();
        _tls.Dispose();
    }

    public void Dispose() => Close();

    public void OnConnected() => _ = RunAsync();

    public void OnReadable() => _bytes.BecameReadable();

    public void OnWritable() => _bytes.BecameWritable();

    public void OnLost(string reason) => _ready.OnLost(reason);

    public void OnFault(Exception fault) => _ready.OnFault(fault);

    // Whoever sends must not be told in the middle of it. And what the peer said before it closed, such as that it wants a certificate,
    // is worth more than that it closed.
    private void LoseSoon()
    {
        _isWriting = true;
        _io.Post(() =>
        {
            _bytes.BecameReadable();
            Fail(new IOException("the connection was reset"));
        });
    }

    private async Task RunAsync()
    {
        try
        {
            await _tls.AuthenticateAsClientAsync(_options);
            _isOpen = true;
            _ready.OnConnected();
            while (!_isClosed && !_isAtEnd)
            {
                _inboxEnd = await _tls.ReadAsync(_inbox);
                _inboxStart = 0;
                _isAtEnd = _inboxEnd == 0;
                await TellAsync();
            }
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    // Tells while there is something to read, as the loop itself does.
    private async ValueTask TellAsync()
    {
        do
        {
            while (!IsReading && !_isClosed)
                await _resumed.NextAsync();
            if (!_isClosed)
                _ready.OnReadable();
        }
        while (!_isClosed && _inboxStart < _inboxEnd);
    }

    private async Task FinishWriteAsync(ValueTask write)
    {
        _isWriting = true;
        try
        {
            await write;
            _isWriting = false;
            if (_isClosed)
                return;
            if (_wantsToSend)
            {
                _wantsToSend = false;
                _ready.OnWritable();
            }
            else if (_endsAfterSend)
            {
                _endsAfterSend = false;
                await _tls.ShutdownAsync();
            }
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    // Nothing awaits these tasks: what they meet is told to the owner, or nobody would know.
    private void Fail(Exception failure)
    {
        if (_isClosed)
            return;
        if (failure is IOException or AuthenticationException or ObjectDisposedException)
            _ready.OnLost(_check.Explain(failure));
        else
            _ready.OnFault(failure);
    }
}
