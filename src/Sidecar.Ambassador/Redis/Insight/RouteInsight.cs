namespace Sidecar.Ambassador.Redis.Insight;

/// What a Redis route tells about itself beside its counters.
internal sealed class RouteInsight(RedisOptions options, TimeProvider time)
{
    public LatencyCounts Latency { get; } = new(time);

    public SlowLog Slow { get; } = new(options.SlowAfter, options.ShowsArguments, time);

    public FlightRecorder Flight { get; } = new(time);

    /// The oldest command on a connection has its reply. What we asked ourselves does not count.
    public void Answered(Backlog backlog, RedisEngine engine)
    {
        ref var answered = ref backlog.Head;
        if (answered.Client is null)
            return;
        long took = engine.Timestamp - answered.Began;
        Latency.Add(answered.Class, took);
        if (Slow.IsSlow(took) && answered.Class != CommandClass.Blocking)
            Slow.Add(backlog.HeadFrame, engine.Commands, took);
    }
}
