using Sidecar.Testing;

namespace Sidecar.EndToEnd.Testing;

public sealed class ManualTimeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Time_stands_still_until_it_is_advanced()
    {
        var before = (_time.GetUtcNow(), _time.GetTimestamp());

        var after = (_time.GetUtcNow(), _time.GetTimestamp());

        Assert.Equal(before, after);
    }

    [Fact]
    public void Timestamps_move_with_the_clock()
    {
        var started = _time.GetTimestamp();

        _time.Advance(2.5 * Second);

        Assert.Equal(2.5 * Second, _time.GetElapsedTime(started));
        Assert.Equal(_time.Start + (2.5 * Second), _time.GetUtcNow());
    }

    [Fact]
    public async Task A_delay_ends_at_its_time_and_not_before()
    {
        var delay = Task.Delay(3 * Second, _time, Cancellation);

        _time.Advance((3 * Second) - TimeSpan.FromTicks(1));
        Assert.False(delay.IsCompleted);

        _time.Advance(TimeSpan.FromTicks(1));
        await delay;
    }

    [Fact]
    public void Timers_fire_in_the_order_they_fall_due_each_at_its_own_time()
    {
        var fired = new List<string>();
        using var late = _time.CreateTimer(_ => fired.Add($"late at {Elapsed}"), null, 3 * Second, Timeout.InfiniteTimeSpan);
        using var often = _time.CreateTimer(_ => fired.Add($"often at {Elapsed}"), null, 2 * Second, 2 * Second);

        _time.Advance(5 * Second);

        Assert.Equal(["often at 2", "late at 3", "often at 4"], fired);
    }

    [Fact]
    public async Task A_periodic_timer_ticks_once_for_each_period_that_was_awaited()
    {
        using var timer = new PeriodicTimer(Second, _time);

        var first = timer.WaitForNextTickAsync(Cancellation);
        _time.Advance(Second);
        Assert.True(await first);
        var second = timer.WaitForNextTickAsync(Cancellation);
        Assert.False(second.IsCompleted);
        _time.Advance(Second);

        Assert.True(await second);
    }

    [Fact]
    public void A_cancellation_comes_at_its_time()
    {
        using var source = new CancellationTokenSource(5 * Second, _time);

        _time.Advance(4 * Second);
        Assert.False(source.IsCancellationRequested);
        _time.Advance(Second);

        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public void A_disposed_timer_never_fires()
    {
        var fired = 0;
        var timer = _time.CreateTimer(_ => fired++, null, Second, Second);
        _time.Advance(Second);

        timer.Dispose();
        _time.Advance(10 * Second);

        Assert.Equal(1, fired);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task Advancing_can_wait_until_the_code_under_test_waits()
    {
        var turns = 0;
        var loop = CountAsync();

        for (var turn = 1; turn <= 3; turn++)
        {
            await _time.WhenArmedAsync(1, Cancellation);
            _time.Advance(Second);
        }

        await loop;
        Assert.Equal(3, turns);

        async Task CountAsync()
        {
            while (turns < 3)
            {
                await Task.Delay(Second, _time, Cancellation);
                turns++;
                await Task.Yield();
            }
        }
    }

    private double Elapsed => (_time.GetUtcNow() - _time.Start).TotalSeconds;
}
