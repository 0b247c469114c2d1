namespace Sidecar.Ambassador.Redis;

/// How long commands have waited on one link for an upstream, and whether they may go on waiting.
internal sealed class WaitingTime(RedisEngine engine, UpstreamLink? lane)
{
    private long _since = engine.Now;

    /// A link of one client knows no less than the lane to the same server, which always tries.
    private long Since => lane is null || lane.IsReady ? _since : Math.Min(_since, lane.Waits._since);

    public bool IsOver => engine.Now - Since > engine.Options.QueueTimeout.TotalMilliseconds;

    public void Begin() => _since = engine.Now;

    /// Why a command can't wait any more; null when it can, or need not.
    public byte[]? Refusal(Backlog backlog, int length, string trouble, bool isReady)
    {
        if (isReady && !backlog.HasHeld)
            return null;
        if (!isReady && lane is not null && backlog.Count == 0)
            Begin();
        if (!isReady && IsOver)
            return ErrorReplies.NoUpstream(trouble);
        return backlog.Length + length > engine.Options.QueueBytes ? ErrorReplies.QueueFull : null;
    }

    public bool IsTooLong(in PendingReply pending) => engine.Now - pending.Since > engine.Options.QueueTimeout.TotalMilliseconds;
}
