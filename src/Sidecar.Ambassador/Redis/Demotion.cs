namespace Sidecar.Ambassador.Redis;

/// A server that refuses what only a master does is no master any more. Whoever is gets what was refused and what may be asked
/// twice; what else was answered keeps its answer until its turn. Only answers to what was sent before are waited for.
internal sealed class Demotion(RedisEngine engine, Backlog backlog)
{
    private int _heard;
    private int _sent;
    private long _since;

    public bool IsOn { get; private set; }

    public bool IsOver => IsOn && (_heard >= _sent || engine.Now - _since > engine.DrainLimit);

    /// Whether the server said that it is master when the connection was made: one that never was refuses writes by right.
    public bool WasMaster { get; set; }

    // A server that becomes a replica lets go of whoever blocks on it.
    public static bool IsShownBy(ReadOnlySpan<byte> error) =>
        error.StartsWith("-READONLY You can't write"u8) || error.StartsWith("-LOADING "u8) || error.StartsWith("-MASTERDOWN "u8)
        || error.StartsWith("-UNBLOCKED force unblock"u8);

    public void Begin()
    {
        if (IsOn)
            return;
        (IsOn, _heard, _sent, _since) = (true, 0, backlog.CountSent(), engine.Now);
        PassOwn();
    }

    public void Hear(ReadOnlySpan<byte> reply, bool isLastPart)
    {
        ref var pending = ref backlog.At(_heard++);
        if (IsShownBy(reply) && !pending.WasRefused)
            pending.IsRefused = true;
        else if (!pending.IsReplayable && !isLastPart)
            pending.Reply = reply.ToArray();
        PassOwn();
    }

    public void End() => IsOn = false;

    // The server was not asked for what we answer ourselves.
    private void PassOwn()
    {
        while (_heard < _sent && backlog.At(_heard).Reply is not null)
            _heard++;
    }
}
