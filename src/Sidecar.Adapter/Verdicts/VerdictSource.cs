using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Verdicts;

/// Makes each answer part of the verdict and says what changed. Readers take `Current` and never wait.
internal sealed partial class VerdictSource
{
    private readonly ImmutableArray<GroupPlan> _groups;
    private readonly Dictionary<string, ProbeHistory> _histories;
    private readonly TimeProvider _time;
    private readonly AdapterMetrics _metrics;
    private readonly ILogger<VerdictSource> _logger;
    private readonly Lock _lock = new();
    private volatile Verdict _current;

    public VerdictSource(
        IEnumerable<ProbePlan> probes,
        IEnumerable<GroupPlan> groups,
        TimeProvider time,
        AdapterMetrics metrics,
        ILogger<VerdictSource> logger)
    {
        _groups = [.. groups];
        _time = time;
        _metrics = metrics;
        _logger = logger;
        _histories = probes.ToDictionary(probe => probe.Name, probe => new ProbeHistory(probe.Schedule.Fall, probe.Schedule.Rise));

        var now = time.GetUtcNow();
        ImmutableArray<ProbeState> states = [.. probes.Select(probe => new ProbeState(probe.Name, Belief.Unknown, now))];
        _current = new Verdict(states, [.. _groups.Select(group => State(group, null, states, now))]);
        metrics.Observe(() => _current);
    }

    public Verdict Current => _current;

    /// Takes the answer of one probe. Answers of several probes may come at the same time.
    public void Record(string probe, ProbeResult result)
    {
        Verdict before, after;
        lock (_lock)
        {
            before = _current;
            _current = after = NextNeedsLock(before, probe, result);
        }
        _metrics.Asked(probe, result);
        Announce(before, after, probe);
    }

    private Verdict NextNeedsLock(Verdict before, string name, ProbeResult result)
    {
        var now = _time.GetUtcNow();
        var history = _histories[name];
        var hasChanged = history.Record(result.Answer);
        var old = before.Probe(name)!;
        var probes = before.Probes.Replace(old, old with
        {
            Belief = history.Belief,
            Since = hasChanged ? now : old.Since,
            Last = result,
            AskedAt = now,
            Passes = history.Passes,
            Misses = history.Misses,
        });
        return new Verdict(probes, [.. _groups.Select((group, index) => State(group, before.Groups[index], probes, now))]);
    }

    private static GroupState State(GroupPlan group, GroupState? before, ImmutableArray<ProbeState> all, DateTimeOffset now)
    {
        ImmutableArray<ProbeState> probes = [.. all.Where(probe => group.Probes.Contains(probe.Name))];
        var isUp = group.Rule switch
        {
            GroupRule.NoneDown => probes.All(probe => probe.Belief != Belief.Down),
            GroupRule.AllUpOnce => before is { IsUp: true } || probes.All(probe => probe.Belief == Belief.Up),
            _ => probes.All(probe => probe.Belief == Belief.Up),
        };
        return new GroupState(group.Name, isUp, before is null || before.IsUp != isUp ? now : before.Since, probes);
    }

    // Only changes are said: a probe that stays down would fill the log.
    private void Announce(Verdict before, Verdict after, string name)
    {
        var probe = after.Probe(name)!;
        Log.Asked(_logger, name, probe.Last!.Answer, probe.Reason, probe.Last.Cost.TotalMilliseconds);
        if (probe.Belief != before.Probe(name)!.Belief)
        {
            _metrics.ProbeTurned(name, probe.BeliefWord);
            if (probe.Belief == Belief.Up)
                Log.ProbeUp(_logger, name, probe.Reason);
            else
                Log.ProbeNotUp(_logger, name, probe.BeliefWord, probe.Misses, probe.Reason);
        }

        foreach (var (was, group) in before.Groups.Zip(after.Groups).Where(pair => pair.First.IsUp != pair.Second.IsUp))
        {
            _metrics.GroupTurned(group.Name, group.IsUp);
            if (group.IsUp)
                Log.GroupUp(_logger, group.Name, (group.Since - was.Since).TotalSeconds);
            else
                Log.GroupDown(_logger, group.Name, (group.Since - was.Since).TotalSeconds, string.Join("; ", Reasons(group)));
        }
    }

    private static IEnumerable<string> Reasons(GroupState group) =>
        group.Probes.Where(probe => probe.Belief != Belief.Up).Select(probe => $"{probe.Name}: {probe.Reason}");

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Information, "Probe '{Probe}' is up: {Reason}.")]
        public static partial void ProbeUp(ILogger logger, string probe, string reason);

        [LoggerMessage(3202, LogLevel.Warning, "Probe '{Probe}' is {Belief} after {Misses} misses in a row: {Reason}.")]
        public static partial void ProbeNotUp(ILogger logger, string probe, string belief, int misses, string reason);

        [LoggerMessage(3203, LogLevel.Information, "Group '{Group}' is up, after {Seconds:0.0} s down; orchestrators see 200 on /health/{Group}.")]
        public static partial void GroupUp(ILogger logger, string group, double seconds);

        [LoggerMessage(3204, LogLevel.Warning, "Group '{Group}' is down, after {Seconds:0.0} s up; orchestrators see 503 on /health/{Group}. {Reasons}.")]
        public static partial void GroupDown(ILogger logger, string group, double seconds, string reasons);

        [LoggerMessage(3205, LogLevel.Debug, "Probe '{Probe}' answered {Answer} in {Milliseconds:0.0} ms: {Reason}.")]
        public static partial void Asked(ILogger logger, string probe, Answer answer, string reason, double milliseconds);
    }
}
