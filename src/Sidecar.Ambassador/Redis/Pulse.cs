namespace Sidecar.Ambassador.Redis;

/// When a server was last heard on a connection, whether it is time to ask it for a sign of life, and what its silence means.
internal sealed class Pulse(RedisEngine engine, Backlog backlog)
{
    private long _heardAt;

    public bool WantsProbe => !IsProbing && backlog.Count == 0 && engine.Now - _heardAt > engine.Options.IdleProbe.TotalMilliseconds;

    /// The server owes a reply and has said nothing at all for a while.
    public bool IsSilent => backlog.AwaitsReply && engine.Now - SilentSince > engine.Options.SilenceLimit.TotalMilliseconds;

    private long SilentSince => Math.Max(_heardAt, backlog.Head.Since);

    private bool IsProbing { get; set; }

    public void Hear() => _heardAt = engine.Now;

    public void BeginProbe()
    {
        IsProbing = true;
        backlog.Add(new PendingReply { IsReplayable = true, Since = engine.Now }, "*1\r\n$4\r\nPING\r\n"u8);
    }

    public void EndProbe() => IsProbing = false;

    /// Whether silence means that the connection is dead: the server answers another. Until that is known it is asked, and whoever
    /// knows where the upstream is looks again. A large command is not judged: its bytes may still be on their way.
    public bool IsDead(ServerAddress server, IEnumerable<SetUp> setUps)
    {
        engine.Suspect("the upstream is silent");
        ref var oldest = ref backlog.Head;
        if (oldest.IsStreamed || !engine.Probes.Disprove(server, SilentSince, oldest.Writes, setUps))
            return false;
        engine.Counters.Silent++;
        engine.Insight.Flight.Note($"{server} is silent on one connection and answers on another");
        return true;
    }
}
