using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Redis.Io;

/// The same on .NET's own sockets, for machines without epoll: completions are posted to the one thread.
internal sealed class SocketsIo : IRedisIo
{
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly ManualResetEventSlim _signal = new(initialState: false, spinCount: 0);
    private readonly HashSet<ManagedSocket> _sockets = [];
    private readonly List<Socket> _listeners = [];

    public IRedisSocket Adopt(Socket connected, IReady ready)
    {
        SocketOptions.Apply(connected);
        var socket = new ManagedSocket(this, connected, ready);
        _sockets.Add(socket);
        socket.Start();
        return socket;
    }

    public IRedisSocket Connect(EndPoint endPoint, IReady ready)
    {
        bool isLocal = endPoint.AddressFamily == AddressFamily.Unix;
        var connecting = new Socket(endPoint.AddressFamily, SocketType.Stream, isLocal ? ProtocolType.Unspecified : ProtocolType.Tcp);
        SocketOptions.ApplyUpstream(connecting);
        var socket = new ManagedSocket(this, connecting, ready);
        _sockets.Add(socket);
        socket.Connect(endPoint);
        return socket;
    }

    public void Listen(Socket listener, Action<Socket> accepted)
    {
        _listeners.Add(listener);
        AcceptNext(listener, accepted);
    }

    public void StopListening()
    {
        foreach (var listener in _listeners)
            listener.Dispose();
        _listeners.Clear();
    }

    public void Post(Action work)
    {
        _posted.Enqueue(work);
        _signal.Set();
    }

    public void Wait(int milliseconds)
    {
        _signal.Wait(milliseconds);
        _signal.Reset();
    }

    public void Tell()
    {
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
            work();
        if (!_posted.IsEmpty)
            _signal.Set();
    }

    public void Dispose()
    {
        StopListening();
        foreach (var socket in _sockets.ToArray())
            socket.Close();
        // The signal is left to the collector: a completion that is under way may still set it.
    }

    internal void Forget(ManagedSocket socket) => _sockets.Remove(socket);

    private void AcceptNext(Socket listener, Action<Socket> accepted)
    {
        var accept = listener.AcceptAsync();
        accept.GetAwaiter().UnsafeOnCompleted(() => Post(() =>
        {
            try
            {
                accepted(accept.GetAwaiter().GetResult());
            }
            catch (SocketException)
            {
                // The client left, or there are no descriptors; the next accept waits for the kernel anyway.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            if (listener.SafeHandle.IsClosed)
                return;
            AcceptNext(listener, accepted);
        }));
    }
}
