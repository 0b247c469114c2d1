using System.Net;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Redis.Io;

/// A socket on .NET's asynchronous calls, with one read and one write under way at most.
internal sealed class ManagedSocket(SocketsIo io, Socket socket, IReady ready) : IRedisSocket
{
    private readonly byte[] _inbox = new byte[16 * 1024];
    private readonly byte[] _outbox = new byte[64 * 1024];
    private int _inboxStart;
    private int _inboxEnd;
    private int _outboxStart;
    private int _outboxEnd;
    private bool _isReceiving;
    private bool _isConnected;
    private bool _isAtEnd;
    private bool _wantsToSend;
    private bool _isTelling;
    private bool _isClosed;
    private bool _endsAfterSend;

    public bool IsReading
    {
        get;
        set
        {
            bool isResumed = value && !field;
            field = value;
            if (isResumed)
                io.Post(() => Guard(Tell));
        }
    } = true;

    public void Start()
    {
        _isConnected = true;
        ReceiveNext();
    }

    public void Connect(EndPoint endPoint)
    {
        var connect = socket.ConnectAsync(endPoint);
        connect.GetAwaiter().UnsafeOnCompleted(() => io.Post(() => Guard(() =>
        {
            connect.GetAwaiter().GetResult();
            _isConnected = true;
            ready.OnConnected();
            ReceiveNext();
        })));
    }

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
        if (!_isConnected || _outboxStart < _outboxEnd)
        {
            _wantsToSend |= !bytes.IsEmpty;
            return 0;
        }
        int count = Math.Min(bytes.Length, _outbox.Length);
        if (count == 0)
            return 0;
        bytes[..count].CopyTo(_outbox);
        (_outboxStart, _outboxEnd) = (0, count);
        _wantsToSend = count < bytes.Length;
        SendNext();
        return count;
    }

    public void EndSending()
    {
        if (_outboxStart < _outboxEnd)
        {
            _endsAfterSend = true;
            return;
        }
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Gone already; reading says so.
        }
    }

    public void Close()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        io.Forget(this);
        // What was taken is sent: the owner believes it is on its way.
        if (_outboxStart == _outboxEnd)
            socket.Dispose();
    }

    private void ReceiveNext()
    {
        if (_isClosed || _isReceiving || _isAtEnd || _inboxStart < _inboxEnd)
            return;
        _isReceiving = true;
        var receive = socket.ReceiveAsync(_inbox.AsMemory(), SocketFlags.None, CancellationToken.None).AsTask();
        receive.GetAwaiter().UnsafeOnCompleted(() => io.Post(() => Guard(() =>
        {
            _isReceiving = false;
            (_inboxStart, _inboxEnd) = (0, receive.GetAwaiter().GetResult());
            _isAtEnd = _inboxEnd == 0;
            Tell();
        })));
    }

    // Tells while there is something to read, as a level-triggered loop does.
    private void Tell()
    {
        if (_isTelling)
            return;
        _isTelling = true;
        try
        {
            while (IsReading && !_isClosed && _inboxStart < _inboxEnd)
                ready.OnReadable();
            if (IsReading && !_isClosed && _isAtEnd)
                ready.OnReadable();
        }
        finally
        {
            _isTelling = false;
        }
        if (_isConnected && IsReading)
            ReceiveNext();
    }

    private void SendNext()
    {
        var left = _outbox.AsMemory(_outboxStart, _outboxEnd - _outboxStart);
        var send = socket.SendAsync(left, SocketFlags.None, CancellationToken.None).AsTask();
        send.GetAwaiter().UnsafeOnCompleted(() => io.Post(() => Sent(send)));
    }

    private void Sent(Task<int> send)
    {
        try
        {
            _outboxStart += send.GetAwaiter().GetResult();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            _outboxStart = _outboxEnd;
            Lose(gone.Message);
        }
        if (_outboxStart < _outboxEnd)
            SendNext();
        else if (_isClosed)
            socket.Dispose();
        else
            Guard(Drained);
    }

    private void Drained()
    {
        if (_endsAfterSend)
            EndSending();
        if (!_wantsToSend)
            return;
        _wantsToSend = false;
        ready.OnWritable();
    }

    private void Guard(Action work)
    {
        if (_isClosed)
            return;
        try
        {
            work();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            Lose(gone.Message);
        }
        catch (Exception fault)
        {
            ready.OnFault(fault);
        }
    }

    private void Lose(string reason)
    {
        if (!_isClosed)
            ready.OnLost(reason);
    }
}
