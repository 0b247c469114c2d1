using Microsoft.Extensions.Logging;

namespace Sidecar.Ambassador.Redis;

/// A change of master that was announced and has not come yet. Nothing that writes is sent meanwhile, since what the old master
/// acknowledges now is lost. It ends on the new master; called off, or after a while, on the old one.
internal sealed partial class Handover(RedisEngine engine, IReadOnlyCollection<UpstreamLink> links, string route, ILogger logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private long _since;
    private long _notBefore;

    public bool IsOn { get; private set; }

    // No command waits longer than it may for a server.
    private double LimitMilliseconds => Math.Min(Limit.TotalMilliseconds, engine.Options.QueueTimeout.TotalMilliseconds);

    /// Of a master that is lost already nothing has to be held back.
    public void Begin()
    {
        if (IsOn || engine.Now < _notBefore || !engine.Lane.IsReady)
            return;
        (IsOn, _since) = (true, engine.Now);
        engine.Counters.Handovers++;
        Log.Begun(logger, route);
        engine.Insight.Flight.Note("a change of master is announced: what writes waits");
        foreach (var link in links)
            link.HoldWrites();
    }

    /// The new master is there, or the old one stays.
    public void End()
    {
        if (!IsOn)
            return;
        IsOn = false;
        engine.Insight.Flight.Note($"what waited goes on, after {engine.Now - _since} ms");
        foreach (var link in links)
            link.ReleaseWrites();
    }

    public void Tick()
    {
        if (!IsOn || engine.Now - _since <= LimitMilliseconds)
            return;
        _notBefore = engine.Now + (long)Pause.TotalMilliseconds;
        engine.Insight.Flight.Note("the announced change of master does not come");
        Log.GivenUp(logger, route, LimitMilliseconds / 1000);
        End();
    }

    private static partial class Log
    {
        [LoggerMessage(2551, LogLevel.Information, "Route '{Route}': a change of master is announced; commands that write wait for it.")]
        public static partial void Begun(ILogger logger, string route);

        [LoggerMessage(2552, LogLevel.Warning, "Route '{Route}': the announced change of master did not come within {Seconds} s; commands go to the old one again.")]
        public static partial void GivenUp(ILogger logger, string route, double seconds);
    }
}
