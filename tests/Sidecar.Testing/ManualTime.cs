using System.Globalization;

namespace Sidecar.Testing;

/// A clock that moves only by Advance: timers fire on the advancing thread, in the order in which they fall due,
/// each at its own time. Works under Task.Delay, PeriodicTimer, CancellationTokenSource and Stopwatch-like timestamps.
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(int Timers, TaskCompletionSource Reached)> _waiters = [];
    private DateTimeOffset _now = start;
    private long _order;

    public ManualTime()
        : this(DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture))
    {
    }

    public DateTimeOffset Start { get; } = start;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// Timers that will fire if the clock moves far enough.
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
                return _armed.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return (_now - Start).Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// Moves the clock, firing what falls due on the way.
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_lock)
            target = _now + by;

        while (TakeNextDue(target) is { } timer)
            timer.Fire();

        lock (_lock)
            _now = target > _now ? target : _now;
    }

    /// Completes when at least so many timers are armed: the code under test has reached its wait, so advancing
    /// the clock can't come too early.
    public Task WhenArmedAsync(int timers, CancellationToken cancellation)
    {
        TaskCompletionSource reached;
        lock (_lock)
        {
            if (_armed.Count >= timers)
                return Task.CompletedTask;

            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((timers, reached));
        }
        return reached.Task.WaitAsync(TimeSpan.FromSeconds(30), System, cancellation);
    }

    private ManualTimer? TakeNextDue(DateTimeOffset target)
    {
        lock (_lock)
        {
            var next = _armed.MinBy(timer => (timer.Due, timer.Order));
            if (next is null || next.Due > target)
                return null;

            _now = next.Due > _now ? next.Due : _now;
            _armed.Remove(next);
            if (next.Period > TimeSpan.Zero)
                ArmNeedsLock(next, next.Due + next.Period);
            return next;
        }
    }

    private void ArmNeedsLock(ManualTimer timer, DateTimeOffset due)
    {
        timer.Due = due;
        timer.Order = _order++;
        _armed.Add(timer);
        foreach (var waiter in _waiters.Where(waiter => _armed.Count >= waiter.Timers))
            waiter.Reached.TrySetResult();
        _waiters.RemoveAll(waiter => waiter.Reached.Task.IsCompleted);
    }

    private bool Change(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        bool dueNow;
        lock (_lock)
        {
            if (timer.IsDisposed)
                return false;

            _armed.Remove(timer);
            timer.Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
            dueNow = dueTime == TimeSpan.Zero;
            if (dueNow && timer.Period > TimeSpan.Zero)
                ArmNeedsLock(timer, _now + timer.Period);
            else if (!dueNow && dueTime != Timeout.InfiniteTimeSpan)
                ArmNeedsLock(timer, _now + dueTime);
        }

        // A timer that is due at once fires without a move of the clock, and never inside the caller's own call.
        if (dueNow)
            ThreadPool.UnsafeQueueUserWorkItem(static due => due.Fire(), timer, preferLocal: false);
        return true;
    }

    private void Remove(ManualTimer timer)
    {
        lock (_lock)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Order { get; set; }

        public bool IsDisposed { get; set; }

        public void Fire()
        {
            if (!IsDisposed)
                callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => time.Change(this, dueTime, period);

        public void Dispose() => time.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
