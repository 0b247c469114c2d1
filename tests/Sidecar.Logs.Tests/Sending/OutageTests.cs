using Sidecar.Hosting.Work;
using Sidecar.Logs.Sending;

namespace Sidecar.Logs.Tests.Sending;

public sealed class OutageTests
{
    private readonly Outage _outage = new(new RetrySchedule(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), jitter: () => 1));

    [Fact]
    public void A_few_failures_stop_nobody()
    {
        Fail(7);

        Assert.True(_outage.MayAsk(0));
        Assert.True(_outage.MayAsk(0));
    }

    [Fact]
    public void After_many_in_a_row_one_asks_at_a_time_less_and_less_often()
    {
        Fail(8);

        Assert.Equal([0, 1000], Allowed(until: 1500));

        Fail(2);
        Assert.Equal([2000, 6000, 10_000], Allowed(until: 10_500, from: 2000));
    }

    [Fact]
    public void One_success_lets_everyone_go_on()
    {
        Fail(20);
        Assert.True(_outage.MayAsk(0));
        Assert.False(_outage.MayAsk(0));

        _outage.Over();

        Assert.True(_outage.MayAsk(0));
        Assert.True(_outage.MayAsk(0));
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
            _outage.Met();
    }

    private List<int> Allowed(int until, int from = 0) => [.. Enumerable.Range(from / 100, (until - from) / 100).Select(tick => tick * 100).Where(now => _outage.MayAsk(now))];
}
