using Sidecar.Adapter.Probes;

namespace Sidecar.Adapter.Tests.Probes;

public sealed class ProbeScheduleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void With_the_defaults_a_hang_is_believed_within_fall_times_interval_and_a_second()
    {
        var schedule = new ProbeSchedule(5 * Second, 2 * Second, Fall: 3, Rise: 1);

        Assert.True(schedule.WorstCaseToFall() <= (3 * 5 * Second) + Second, $"{schedule.WorstCaseToFall()}");
    }

    [Fact]
    public void An_answer_that_comes_in_time_never_moves_the_next_start()
    {
        var schedule = new ProbeSchedule(5 * Second, 2 * Second, Fall: 3, Rise: 1);

        Assert.Equal(5 * Second, schedule.ToNextStart(cost: 2 * Second, missesInARow: 0));
        Assert.Equal(5 * Second, schedule.ToNextStart(cost: 0.01 * Second, missesInARow: 1));
    }

    [Fact]
    public void A_slow_miss_brings_the_next_start_forward_until_it_is_believed()
    {
        var schedule = new ProbeSchedule(5 * Second, 2 * Second, Fall: 3, Rise: 1);

        Assert.Equal([4 * Second, 4 * Second, 5 * Second, 5 * Second], Enumerable.Range(1, 4).Select(misses => schedule.ToNextStart(2 * Second, misses)));
    }

    [Fact]
    public void No_hang_takes_longer_to_be_believed_than_the_worst_case_says()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 5_000; round++)
        {
            var interval = TimeSpan.FromMilliseconds(random.Next(100, 10_000));
            var timeout = interval * (0.05 + (1.95 * random.NextDouble()));
            var schedule = new ProbeSchedule(interval, timeout, random.Next(1, 6), Rise: 1);
            var hangAt = interval * random.NextDouble();

            var believedAt = BelievedAt(schedule, hangAt);

            Assert.True(believedAt - hangAt <= schedule.WorstCaseToFall() + TimeSpan.FromTicks(10), $"{schedule}, hang at {hangAt}: {believedAt}");
            if (schedule.Fall > 1 && timeout <= interval && interval + Second >= 2 * timeout)
                Assert.True(schedule.WorstCaseToFall() <= (interval * schedule.Fall) + Second + TimeSpan.FromTicks(10), $"{schedule}");
        }
    }

    [Fact]
    public void The_second_start_is_somewhere_in_the_second_half_of_the_interval()
    {
        var schedule = new ProbeSchedule(4 * Second, Second, Fall: 3, Rise: 1);

        Assert.Equal((2 * Second, 4 * Second), (schedule.ToSecondStart(0), schedule.ToSecondStart(1)));
    }

    // A run that starts at 0 passes; what starts at or after the hang times out.
    private static TimeSpan BelievedAt(ProbeSchedule schedule, TimeSpan hangAt)
    {
        var start = TimeSpan.Zero;
        for (var misses = 0; ;)
        {
            var cost = start < hangAt ? TimeSpan.Zero : schedule.Timeout;
            misses = cost == TimeSpan.Zero ? 0 : misses + 1;
            var end = start + cost;
            if (misses == schedule.Fall)
                return end;

            var next = start + schedule.ToNextStart(cost, misses);
            start = next > end ? next : end;
        }
    }
}
