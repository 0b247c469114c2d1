using Microsoft.Extensions.Hosting;

namespace Sidecar.Hosting.Work;

/// <summary>
/// How the agent was, for whoever looks afterwards: the last changes of its state, the worst of each of the last 60 minutes, and the
/// figures of the last ten. All of it in memory of a fixed size.
/// </summary>
internal sealed class HealthHistory : IHostedService, IDisposable
{
    public const int Minutes = 60;
    private const int Changes = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MaxSilence = TimeSpan.FromMinutes(1);

    private readonly AgentState _state;
    private readonly AgentHealth _health;
    private readonly Loops _loops;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Wellness?[] _minutes = new Wellness?[Minutes];
    private readonly Queue<HealthChange> _changes = new(Changes);
    private Wellness _current = Wellness.Starting;
    private DateTimeOffset _since;
    private string? _names;
    private long _minute;
    private Task _loop = Task.CompletedTask;

    public HealthHistory(AgentState state, AgentHealth health, Loops loops, TimeProvider time)
    {
        (_state, _health, _loops, _time) = (state, health, loops, time);
        _since = state.StartedAt;
        _minute = Minute(_since);
        state.Changed += () => Look();
    }

    /// <summary>Since when the state is what it is.</summary>
    public DateTimeOffset Since
    {
        get
        {
            lock (_lock)
            {
                return _since;
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = _loops.RunAsync("history", TurnAsync, MaxSilence, _stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop;
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>How the agent is now; a change is remembered.</summary>
    public Diagnosis Look()
    {
        lock (_lock)
        {
            var (diagnosis, now) = (_health.Now(), _time.GetUtcNow());
            MoveToNeedsLock(Minute(now));
            _minutes[^1] = _minutes[^1] is { } worst && worst > diagnosis.State ? worst : diagnosis.State;
            _since = diagnosis.State == _current ? _since : now;
            var names = string.Join('\n', diagnosis.Problems.Select(problem => problem.Name));
            if (diagnosis.State != _current || names != _names)
            {
                RememberNeedsLock(new HealthChange(now, diagnosis.State, Why(diagnosis)));
            }

            (_current, _names) = (diagnosis.State, names);
            return diagnosis;
        }
    }

    /// <summary>The worst of each of the last minutes, the current one last; null where the agent did not run yet.</summary>
    public Wellness?[] RecentMinutes()
    {
        lock (_lock)
        {
            return [.. _minutes];
        }
    }

    /// <summary>The last changes, the newest first.</summary>
    public HealthChange[] RecentChanges()
    {
        lock (_lock)
        {
            return [.. _changes.Reverse()];
        }
    }

    private Task TurnAsync(CancellationToken stopping)
    {
        Look();
        foreach (var series in _state.Figures)
        {
            series.Sample(_time);
        }

        return Task.Delay(Interval, _time, stopping);
    }

    private void RememberNeedsLock(HealthChange change)
    {
        if (_changes.Count == Changes)
        {
            _changes.Dequeue();
        }

        _changes.Enqueue(change);
    }

    // What was believed held on until now. A clock that goes back stays in the minute that it was in.
    private void MoveToNeedsLock(long minute)
    {
        var passed = (int)Math.Clamp(minute - _minute, 0, Minutes);
        if (passed == 0)
        {
            return;
        }

        Array.Copy(_minutes, passed, _minutes, 0, Minutes - passed);
        Array.Fill(_minutes, _current, Minutes - passed, passed);
        _minute = minute;
    }

    private static long Minute(DateTimeOffset at) => at.ToUnixTimeSeconds() / 60;

    private static string Why(Diagnosis diagnosis) => diagnosis.Problems switch
    {
        [] => diagnosis.State == Wellness.Draining ? "asked to stop" : "nothing is wrong",
        [var only] => $"{only.Name}: {only.Reason}",
        [var worst, ..] => $"{worst.Name}: {worst.Reason}; and {diagnosis.Problems.Count - 1} more",
    };
}
