namespace Sidecar.Ambassador.Redis;

/// When a server was last heard, and whether it is time to ask it for a sign of life.
internal sealed class Pulse(RedisEngine engine)
{
    private long _heardAt;

    public bool IsProbing { get; private set; }

    public bool WantsProbe => !IsProbing && engine.Now - _heardAt > engine.Options.IdleProbe.TotalMilliseconds;

    public void Hear() => _heardAt = engine.Now;

    public void BeginProbe() => IsProbing = true;

    public void EndProbe() => IsProbing = false;

    public bool IsSilentFor(in PendingReply waiting) =>
        engine.Now - Math.Max(_heardAt, waiting.Since) > engine.Options.SilenceLimit.TotalMilliseconds;
}
