using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sidecar.Ambassador.Redis.Io;

/// A socket of the event loop. The Socket object owns the descriptor; bytes go past it.
internal sealed unsafe class EpollSocket(EpollIo io, Socket socket, IReady ready, bool isConnecting) : IRedisSocket, IEpollEntry
{
    private readonly int _descriptor = (int)socket.Handle;
    private ulong _data;
    private uint _watched;
    private bool _isRegistered;
    private bool _isConnecting = isConnecting;
    private bool _wantsToSend = isConnecting;
    private bool _isClosed;

    public bool IsReading
    {
        get;
        set
        {
            if (field == value)
                return;
            field = value;
            Watch();
        }
    } = true;

    public void Register()
    {
        _watched = Wanted();
        _data = io.Watch(_descriptor, this, _watched);
        _isRegistered = true;
    }

    public int Receive(Span<byte> into)
    {
        if (_isClosed)
            return SocketResult.Lost;
        nint count;
        fixed (byte* first = into)
            count = EpollNative.Receive(_descriptor, first, into.Length, EpollNative.DontWait);
        return count >= 0 ? (int)count : Failed();
    }

    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (_isClosed)
            return SocketResult.Lost;
        int sent = 0;
        while (sent < bytes.Length && !_isConnecting)
        {
            nint count;
            fixed (byte* first = bytes)
                count = EpollNative.Send(_descriptor, first + sent, bytes.Length - sent, EpollNative.DontWait | EpollNative.NoSignal);
            if (count < 0)
            {
                if (Failed() == SocketResult.Lost)
                    return SocketResult.Lost;
                break;
            }
            sent += (int)count;
        }
        if (sent < bytes.Length && !_wantsToSend)
        {
            _wantsToSend = true;
            Watch();
        }
        return sent;
    }

    public void EndSending()
    {
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
        if (_isRegistered)
            io.Forget(_descriptor, _data);
        socket.Dispose();
    }

    public void Lose(string reason)
    {
        if (!_isClosed)
            ready.OnLost(reason);
    }

    public void OnEvents(uint events)
    {
        if (_isConnecting)
        {
            FinishConnect();
            return;
        }
        if ((events & EpollNative.Out) != 0)
        {
            _wantsToSend = false;
            Watch();
            ready.OnWritable();
        }
        if (_isClosed)
            return;
        if ((events & EpollNative.In) != 0)
            ready.OnReadable();
        else if ((events & (EpollNative.Error | EpollNative.HangUp)) != 0)
            ready.OnLost("the connection was reset");
    }

    public void OnFault(Exception fault) => ready.OnFault(fault);

    private static int Failed() =>
        Marshal.GetLastPInvokeError() is EpollNative.Again or EpollNative.Interrupted ? SocketResult.Later : SocketResult.Lost;

    private void FinishConnect()
    {
        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success)
        {
            ready.OnLost(new SocketException((int)error).Message);
            return;
        }
        _isConnecting = false;
        _wantsToSend = false;
        Watch();
        ready.OnConnected();
    }

    private uint Wanted() => (_wantsToSend ? EpollNative.Out : 0) | (IsReading && !_isConnecting ? EpollNative.In : 0);

    private void Watch()
    {
        uint wanted = Wanted();
        if (!_isRegistered || _isClosed || wanted == _watched)
            return;
        _watched = wanted;
        io.Change(_descriptor, wanted, _data);
    }
}
