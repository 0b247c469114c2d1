using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Tests.Work;

public sealed class RetryScheduleTests
{
    [Fact]
    public void Doubles_until_the_ceiling_and_never_waits_less_than_half()
    {
        var schedule = new RetrySchedule(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), jitter: () => 0);

        Assert.Equal([0.5, 1, 2, 4, 8, 15, 15], Enumerable.Range(1, 7).Select(n => schedule.After(n).TotalSeconds));
    }

    [Fact]
    public void Stays_at_the_ceiling_however_often_it_failed()
    {
        var schedule = new RetrySchedule(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(30), jitter: () => 1);

        Assert.Equal(TimeSpan.FromSeconds(30), schedule.After(int.MaxValue));
    }
}
