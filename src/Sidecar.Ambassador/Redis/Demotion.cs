using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Insight;

namespace Sidecar.Ambassador.Redis;

/// A server that refuses what only a master does is no master any more. Whoever is gets what was refused and what may be asked
/// twice; what else was answered keeps its answer until its turn. Only answers to what was sent before are waited for.
internal sealed class Demotion(RedisEngine engine, Backlog backlog)
{
    private int _heard;
    private int _sent;
    private long _since;
    private bool _isLettingGo;

    public bool IsOn { get; private set; }

    public bool IsOver => IsOn && (_heard >= _sent || engine.Now - _since > engine.DrainLimit);

    /// Whether the server said that it is master when the connection was made: one that never was refuses writes by right.
    public bool WasMaster { get; set; }

    // A server that becomes a replica lets go of whoever blocks on it.
    public static bool IsShownBy(ReadOnlySpan<byte> error) =>
        error.StartsWith("-READONLY You can't write"u8) || error.StartsWith("-LOADING "u8) || error.StartsWith("-MASTERDOWN "u8)
        || error.StartsWith("-UNBLOCKED force unblock"u8);

    /// What is waited for may block, and so be silent by right.
    public static bool IsBlocked(Backlog backlog) => backlog is { Count: > 0, Head.Class: CommandClass.Blocking };

    /// With the connection where another master was chosen. Nothing that the old one does from then on lasts, so that a command which
    /// blocks there until the end was not executed: the server is told that nobody sends any more, and closes once it has said all.
    public void Begin(UpstreamConnection? replaced = null)
    {
        if (IsOn)
            return;
        (IsOn, _heard, _sent, _since) = (true, 0, backlog.CountSent(), engine.Now);
        PassOwn();
        _isLettingGo = replaced is not null && engine.HasSentinels && IsBlocked(backlog) && !IsWait;
        if (_isLettingGo)
            replaced!.EndSending();
    }

    /// True when the server has let go of what blocked; that and what stands behind it goes elsewhere.
    public bool HearEnd(bool isInReply)
    {
        if (!IsOn || !_isLettingGo || isInReply || _heard > 0)
            return false;
        for (int i = 0; i < _sent; i++)
            backlog.At(i).IsRefused = backlog.At(i).Reply is null;
        return true;
    }

    public void Hear(ReadOnlySpan<byte> reply, bool isLastPart)
    {
        bool isFollowed = !IsWait;
        ref var pending = ref backlog.At(_heard++);
        if (IsShownBy(reply) && !pending.WasRefused && isFollowed)
            pending.IsRefused = true;
        else if (!pending.IsReplayable && !isLastPart)
            pending.Reply = reply.ToArray();
        PassOwn();
    }

    public void End() => (IsOn, _isLettingGo) = (false, false);

    // How many replicas have what was written to the old master the new one can't tell.
    private bool IsWait => _heard == 0 && engine.Commands.KindOf(backlog.HeadFrame) == CommandKind.Wait;

    // The server was not asked for what we answer ourselves.
    private void PassOwn()
    {
        while (_heard < _sent && backlog.At(_heard).Reply is not null)
            _heard++;
    }
}
