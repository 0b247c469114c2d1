using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Verdicts;

/// Makes each answer part of the verdict and says what changed. Readers take `Current` and never wait.
internal sealed partial class VerdictSource
{
    private const int StripLength = 60;
    private const int MaxTurns = 10;

    private readonly ImmutableArray<GroupPlan> _groups;
    private readonly Dictionary<string, ProbeHistory> _histories;
    // Where each probe stands in every verdict, and so the members of each group: with a hundred probes looking them up would be most
    // of what a question costs.
    private readonly Dictionary<string, int> _places;
    private readonly ImmutableArray<int[]> _members;
    private readonly TimeProvider _time;
    private readonly AdapterMetrics _metrics;
    private readonly ILogger<VerdictSource> _logger;
    private readonly Lock _lock = new();
    private volatile Verdict _current;
    private TaskCompletionSource? _changed;

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
        _histories = probes.ToDictionary(probe => probe.Name, probe => new ProbeHistory(probe.Schedule, time));

        var now = time.GetUtcNow();
        ImmutableArray<ProbeState> states = [.. probes.Select(probe => new ProbeState(probe.Name, Belief.Unknown, now))];
        _places = states.Select((state, place) => (state.Name, place)).ToDictionary(pair => pair.Name, pair => pair.place);
        _members = [.. _groups.Select(group => group.Probes.Select(name => _places[name]).Order().ToArray())];
        _current = new Verdict(states, [.. _groups.Select((_, index) => State(index, null, states, false, now))]);
        metrics.Observe(() => _current);
    }

    public Verdict Current => _current;

    /// Told when a group went up or down.
    public Action? GroupTurned { get; set; }

    /// Takes the answer of one probe. Answers of several probes may come at the same time.
    public void Record(string probe, ProbeResult result)
    {
        Verdict before, after;
        string tally;
        lock (_lock)
        {
            before = _current;
            _current = after = NextNeedsLock(before, probe, result);
            tally = before.Probes[_places[probe]].Turns == after.Probes[_places[probe]].Turns ? "" : _histories[probe].Tally;
            _changed?.TrySetResult();
            _changed = null;
        }
        _metrics.Asked(probe, result);
        Announce(before, after, probe, tally);
    }

    /// Takes the app out of traffic, or back in. Live holds meanwhile: whoever works on an app wants no restart.
    public void Maintain(bool isMaintained)
    {
        Verdict before, after;
        lock (_lock)
        {
            before = _current;
            if (before.MaintainedSince is not null == isMaintained)
                return;

            var now = _time.GetUtcNow();
            _current = after = new Verdict(before.Probes, StatesNeedsLock(before, before.Probes, isMaintained, now)) { MaintainedSince = isMaintained ? now : null };
            _changed?.TrySetResult();
            _changed = null;
        }
        if (isMaintained)
            Log.MaintenanceBegan(_logger);
        else
            Log.MaintenanceEnded(_logger);
        AnnounceGroups(before, after);
    }

    /// Done when there is another verdict than this one.
    public Task ChangedAsync(Verdict seen)
    {
        lock (_lock)
        {
            return ReferenceEquals(seen, _current)
                ? (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : Task.CompletedTask;
        }
    }

    private Verdict NextNeedsLock(Verdict before, string name, ProbeResult result)
    {
        var now = _time.GetUtcNow();
        var history = _histories[name];
        var hasChanged = history.Record(result.Answer);
        var place = _places[name];
        var old = before.Probes[place];
        var next = old with
        {
            Belief = history.Belief,
            Since = hasChanged ? now : old.Since,
            Last = result,
            AskedAt = now,
            Passes = history.Passes,
            Misses = history.Misses,
            IsHeldDown = history.IsHeldDown,
            Strip = string.Concat(old.Strip.AsSpan(Math.Max(0, old.Strip.Length + 1 - StripLength)), [Letter(result.Answer)]),
        };
        if (hasChanged)
            next = next with { Turns = [.. old.Turns.TakeLast(MaxTurns - 1), new ProbeTurn(now, next.BeliefWord, next.Said)] };
        var probes = before.Probes.SetItem(place, next);
        return before with
        {
            Probes = probes,
            Groups = next.Level == old.Level ? ShowNeedsLock(before, place, next) : StatesNeedsLock(before, probes, before.MaintainedSince is not null, now),
        };
    }

    // A probe that is as well as before changes no group, only what the groups show of it.
    private ImmutableArray<GroupState> ShowNeedsLock(Verdict before, int place, ProbeState next)
    {
        var groups = before.Groups.ToBuilder();
        for (var index = 0; index < groups.Count; index++)
        {
            if (Array.BinarySearch(_members[index], place) is >= 0 and var at)
                groups[index] = groups[index] with { Probes = groups[index].Probes.SetItem(at, next) };
        }
        return groups.ToImmutable();
    }

    private ImmutableArray<GroupState> StatesNeedsLock(Verdict before, ImmutableArray<ProbeState> probes, bool isMaintained, DateTimeOffset now) =>
        [.. _groups.Select((_, index) => State(index, before.Groups[index], probes, isMaintained, now))];

    private GroupState State(int index, GroupState? before, ImmutableArray<ProbeState> all, bool isMaintained, DateTimeOffset now)
    {
        var group = _groups[index];
        ImmutableArray<ProbeState> probes = [.. _members[index].Select(place => all[place])];
        var level = group.Expression.Level(name => all[_places[name]].Level);
        var isUp = group.Rule switch
        {
            GroupRule.NoneDown => isMaintained || level != GroupLevel.Down,
            GroupRule.AllUpOnce => before is { IsUp: true } || level >= GroupLevel.Degraded,
            _ => level >= GroupLevel.Degraded && !(isMaintained && group.Name == GroupPlans.Ready),
        };
        var isDegraded = isUp && level == GroupLevel.Degraded;
        return new GroupState(group.Name, isUp, isDegraded, before is null || before.IsUp != isUp ? now : before.Since, probes);
    }

    private static char Letter(Answer answer) => answer switch
    {
        Answer.Pass => '.',
        Answer.Warn => 'w',
        Answer.Fail => 'x',
        Answer.TimedOut => 't',
        _ => '?',
    };

    // Only changes are said: a probe that stays down would fill the log.
    private void Announce(Verdict before, Verdict after, string name, string tally)
    {
        var place = _places[name];
        var probe = after.Probes[place];
        Log.Asked(_logger, name, probe.Last!.Answer, probe.Said, probe.Last.Cost.TotalMilliseconds);
        if (probe.Turns != before.Probes[place].Turns)
        {
            _metrics.ProbeTurned(name, probe.BeliefWord);
            if (probe.Belief == Belief.Up)
                Log.ProbeUp(_logger, name, probe.Reason);
            else
                Log.ProbeNotUp(_logger, name, probe.BeliefWord, tally, probe.Said, probe.TraceId);
        }

        AnnounceGroups(before, after);
    }

    private void AnnounceGroups(Verdict before, Verdict after)
    {
        foreach (var (was, group) in before.Groups.Zip(after.Groups).Where(pair => pair.First.IsUp != pair.Second.IsUp))
        {
            _metrics.GroupTurned(group.Name, group.IsUp);
            if (group.IsUp)
                Log.GroupUp(_logger, group.Name, (group.Since - was.Since).TotalSeconds);
            else
                Log.GroupDown(_logger, group.Name, (group.Since - was.Since).TotalSeconds, after.MaintainedSince is null ? string.Join("; ", Reasons(group)) : "Maintenance");
            GroupTurned?.Invoke();
        }
    }

    // What can't be known takes ready down, and not live.
    private static IEnumerable<string> Reasons(GroupState group) =>
        group.Probes.Where(probe => probe.Belief == Belief.Down || (probe.Belief == Belief.Unknown && group.Name != GroupPlans.Live))
            .Select(probe => $"{probe.Name}: {probe.Said}");

    private static partial class Log
    {
        [LoggerMessage(3201, LogLevel.Information, "Probe '{Probe}' is up: {Reason}.")]
        public static partial void ProbeUp(ILogger logger, string probe, string reason);

#pragma warning disable SYSLIB1015 // The trace is a field, so that logs are asked for it; where there is one the reason says it too.
        [LoggerMessage(3202, LogLevel.Warning, "Probe '{Probe}' is {Belief} after {Tally}: {Reason}.")]
        public static partial void ProbeNotUp(ILogger logger, string probe, string belief, string tally, string reason, string? traceId);
#pragma warning restore SYSLIB1015

        [LoggerMessage(3203, LogLevel.Information, "Group '{Group}' is up, after {Seconds:0.0} s down; orchestrators see 200 on /health/{Group}.")]
        public static partial void GroupUp(ILogger logger, string group, double seconds);

        [LoggerMessage(3204, LogLevel.Warning, "Group '{Group}' is down, after {Seconds:0.0} s up; orchestrators see 503 on /health/{Group}. {Reasons}.")]
        public static partial void GroupDown(ILogger logger, string group, double seconds, string reasons);

        [LoggerMessage(3206, LogLevel.Warning, "Maintenance begins: ready is down and live holds, whatever the probes say, until it ends.")]
        public static partial void MaintenanceBegan(ILogger logger);

        [LoggerMessage(3207, LogLevel.Information, "Maintenance ends: the probes decide again.")]
        public static partial void MaintenanceEnded(ILogger logger);

        [LoggerMessage(3205, LogLevel.Debug, "Probe '{Probe}' answered {Answer} in {Milliseconds:0.0} ms: {Reason}.")]
        public static partial void Asked(ILogger logger, string probe, Answer answer, string reason, double milliseconds);
    }
}
