using Sidecar.Ambassador.Redis.Io;

namespace Sidecar.Ambassador.Redis;

/// A link that is not read because one of its clients does not read.
internal sealed class ReadStall(RedisEngine engine)
{
    private ClientSession? _by;
    private IRedisSocket? _socket;
    private long _since;

    public bool IsOn => _by is not null;

    public void Begin(ClientSession by, IRedisSocket socket)
    {
        if (_by is not null)
            return;
        (_by, _socket, _since) = (by, socket, engine.Now);
        socket.IsReading = false;
        by.Stalls.Add(this);
    }

    /// That client has read enough, or is gone.
    public void End(ClientSession by)
    {
        if (_by != by)
            return;
        _by = null;
        _socket!.IsReading = true;
    }

    /// Others wait behind it: what comes is held for it in memory instead.
    public void EndIfTooLong()
    {
        if (_by is not { } by || engine.Now - _since <= engine.Options.StallLimit.TotalMilliseconds)
            return;
        by.HoldInMemory();
        End(by);
    }

    /// The connection is gone, and the stall with it.
    public void Forget()
    {
        _by?.Stalls.Remove(this);
        (_by, _socket) = (null, null);
    }
}
