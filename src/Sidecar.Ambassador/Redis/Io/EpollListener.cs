using System.Net.Sockets;

namespace Sidecar.Ambassador.Redis.Io;

/// Accepts one connection for an event: the kernel tells again while there are more.
internal sealed class EpollListener(EpollIo io, Socket listener, Action<Socket> accepted) : IEpollEntry, IDisposable
{
    private readonly int _descriptor = (int)listener.Handle;
    private ulong _data;
    private bool _isWatched;

    public void Resume()
    {
        if (_isWatched)
            return;
        _isWatched = true;
        _data = io.Watch(_descriptor, this, EpollNative.In);
    }

    public void OnEvents(uint events)
    {
        Socket client;
        try
        {
            client = listener.Accept();
        }
        catch (SocketException nobody) when (nobody.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted)
        {
            return;
        }
        catch (SocketException)
        {
            // Out of descriptors: the kernel would tell us without end, so we look again at the next quiet moment.
            Pause();
            return;
        }
        accepted(client);
    }

    public void OnFault(Exception fault) => throw new InvalidOperationException("accepting failed", fault);

    public void Dispose()
    {
        Pause();
        listener.Dispose();
    }

    private void Pause()
    {
        if (!_isWatched)
            return;
        _isWatched = false;
        io.Forget(_descriptor, _data);
    }
}
