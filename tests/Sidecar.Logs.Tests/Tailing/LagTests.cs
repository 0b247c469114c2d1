using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Tests.Tailing;

public sealed class LagTests
{
    private readonly Lag _lag = new();

    [Fact]
    public void The_age_is_that_of_the_oldest_byte_that_is_not_acknowledged()
    {
        _lag.Saw(end: 100, acknowledged: 0, now: 1000);
        _lag.Saw(end: 200, acknowledged: 0, now: 3000);

        Assert.Equal(4000, _lag.AgeMs(acknowledged: 99, now: 5000));
        Assert.Equal(2000, _lag.AgeMs(acknowledged: 100, now: 5000));
        Assert.Equal(0, _lag.AgeMs(acknowledged: 200, now: 5000));
    }

    [Fact]
    public void A_backlog_stays_as_old_as_it_is_while_parts_of_it_are_acknowledged()
    {
        _lag.Saw(end: 1_000_000, acknowledged: 0, now: 0);

        for (var acknowledged = 0; acknowledged < 1_000_000; acknowledged += 100_000)
        {
            _lag.Saw(1_000_000, acknowledged, acknowledged);
            Assert.Equal(acknowledged, _lag.AgeMs(acknowledged, now: acknowledged));
        }
    }

    [Fact]
    public void However_often_a_file_grows_an_age_is_never_too_low()
    {
        for (var seconds = 1; seconds <= 1000; seconds++)
            _lag.Saw(end: seconds * 10, acknowledged: 0, now: seconds * 1000);

        Assert.Equal(999_000, _lag.AgeMs(acknowledged: 0, now: 1_000_000));
        Assert.All(Enumerable.Range(0, 1000), seconds => Assert.InRange(_lag.AgeMs(seconds * 10, now: 1_000_000), 1_000_000 - ((seconds + 1) * 1000), 1_000_000));
    }

    [Fact]
    public void A_file_that_is_written_anew_is_as_old_as_what_it_holds_now()
    {
        _lag.Saw(end: 1000, acknowledged: 0, now: 0);

        _lag.Saw(end: 10, acknowledged: 0, now: 9000);

        Assert.Equal(1000, _lag.AgeMs(acknowledged: 0, now: 10_000));
    }
}
