using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sidecar.Ambassador.Redis.Io;

/// The event loop on Linux's epoll: one thread, no allocation and no hand-over for an event, two system calls for a message.
internal sealed unsafe class EpollIo : IRedisIo, IEpollEntry
{
    private const int BatchSize = 256;

    private readonly int _epoll = EpollNative.Create();
    private readonly int _wakeUp = EpollNative.CreateWakeUp();
    private readonly byte* _events = (byte*)NativeMemory.Alloc(BatchSize, (nuint)EpollNative.EventSize);
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly List<EpollListener> _listeners = [];
    private readonly Stack<int> _freeSlots = new();

    // Events name a slot and its generation: an event of this batch for a descriptor that was closed, and whose number and slot
    // were given to a new connection meanwhile, is seen to be stale.
    private (IEpollEntry? Entry, uint Generation)[] _slots = new (IEpollEntry?, uint)[64];
    private int _usedSlots;
    private int _ready;
    private int _isWoken;
    private bool _isDisposed;

    public EpollIo()
    {
        if (_epoll < 0 || _wakeUp < 0)
            throw new IOException("the kernel gives no epoll");
        Watch(_wakeUp, this, EpollNative.In);
    }

    public IRedisSocket Adopt(Socket connected, IReady ready)
    {
        SocketOptions.Apply(connected);
        var socket = new EpollSocket(this, connected, ready, isConnecting: false);
        socket.Register();
        return socket;
    }

    public IRedisSocket Connect(EndPoint endPoint, IReady ready)
    {
        bool isLocal = endPoint.AddressFamily == AddressFamily.Unix;
        var connecting = new Socket(endPoint.AddressFamily, SocketType.Stream, isLocal ? ProtocolType.Unspecified : ProtocolType.Tcp);
        SocketOptions.ApplyUpstream(connecting);
        connecting.Blocking = false;
        var socket = new EpollSocket(this, connecting, ready, isConnecting: true);
        try
        {
            connecting.Connect(endPoint);
        }
        catch (SocketException pending) when (pending.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // The loop tells when it is made.
        }
        catch (SocketException refused)
        {
            Post(() => socket.Lose(refused.Message));
            return socket;
        }
        socket.Register();
        return socket;
    }

    public void Listen(Socket listener, Action<Socket> accepted)
    {
        listener.Blocking = false;
        var entry = new EpollListener(this, listener, accepted);
        _listeners.Add(entry);
        entry.Resume();
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
        // Under the lock, because Dispose closes the descriptor and the kernel may give its number to another.
        lock (_posted)
        {
            if (!_isDisposed)
                WakeUp();
        }
    }

    public void Wait(int milliseconds)
    {
        _ready = EpollNative.Wait(_epoll, _events, BatchSize, milliseconds);
        if (_ready < 0 && Marshal.GetLastPInvokeError() != EpollNative.Interrupted)
            throw new IOException($"epoll_wait failed: {Marshal.GetLastPInvokeError()}");
    }

    public void Tell()
    {
        for (int i = 0; i < _ready; i++)
        {
            byte* one = _events + (i * EpollNative.EventSize);
            ulong data = EpollNative.DataOf(one);
            var (entry, generation) = _slots[(int)(uint)data];
            if (entry is null || generation != (uint)(data >> 32))
                continue;
            try
            {
                entry.OnEvents(EpollNative.EventsOf(one));
            }
            catch (Exception fault)
            {
                entry.OnFault(fault);
            }
        }
        if (_ready == 0)
        {
            foreach (var listener in _listeners)
                listener.Resume();
        }
    }

    void IEpollEntry.OnEvents(uint events)
    {
        ulong count;
        _ = EpollNative.Read(_wakeUp, (byte*)&count, sizeof(ulong));
        Volatile.Write(ref _isWoken, 0);
        // No more than what stands there now: work that posts itself again must not keep the sockets waiting.
        for (int left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--)
            work();
        if (!_posted.IsEmpty)
            WakeUp();
    }

    // Work that is posted belongs to no connection: what it throws ends the loop.
    void IEpollEntry.OnFault(Exception fault) => throw new InvalidOperationException("posted work failed", fault);

    public void Dispose()
    {
        lock (_posted)
            _isDisposed = true;
        StopListening();
        foreach (var (entry, _) in _slots)
            (entry as IRedisSocket)?.Close();
        _ = EpollNative.Close(_wakeUp);
        _ = EpollNative.Close(_epoll);
        NativeMemory.Free(_events);
    }

    internal ulong Watch(int descriptor, IEpollEntry entry, uint events)
    {
        if (!_freeSlots.TryPop(out int slot))
        {
            slot = _usedSlots++;
            if (slot == _slots.Length)
                Array.Resize(ref _slots, _slots.Length * 2);
        }
        uint generation = _slots[slot].Generation + 1;
        _slots[slot] = (entry, generation);
        ulong data = ((ulong)generation << 32) | (uint)slot;
        if (EpollNative.Control(_epoll, EpollNative.Add, descriptor, events, data) != 0)
            throw new IOException($"epoll_ctl failed: {Marshal.GetLastPInvokeError()}");
        return data;
    }

    internal void Change(int descriptor, uint events, ulong data) =>
        EpollNative.Control(_epoll, EpollNative.Modify, descriptor, events, data);

    internal void Forget(int descriptor, ulong data)
    {
        EpollNative.Control(_epoll, EpollNative.Delete, descriptor, 0, data);
        int slot = (int)(uint)data;
        _slots[slot].Entry = null;
        _freeSlots.Push(slot);
    }

    private void WakeUp()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) != 0)
            return;
        ulong one = 1;
        _ = EpollNative.Write(_wakeUp, (byte*)&one, sizeof(ulong));
    }
}
