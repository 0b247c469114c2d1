using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Tests.Batching;

public sealed class FlushPaceTests
{
    [Fact]
    public void Throttling_doubles_the_interval_up_to_ten_seconds_and_success_shrinks_it_again()
    {
        var usual = TimeSpan.FromSeconds(1);
        var pace = new FlushPace();
        var seen = new List<long> { pace.IntervalMs(usual) };

        for (var throttles = 0; throttles < 5; throttles++)
        {
            pace.Throttled(usual);
            seen.Add(pace.IntervalMs(usual));
        }

        for (var taken = 0; taken < 5; taken++)
        {
            pace.Taken(usual);
            seen.Add(pace.IntervalMs(usual));
        }

        Assert.Equal([1000, 2000, 4000, 8000, 10_000, 10_000, 5000, 2500, 1250, 1000, 1000], seen);
    }

    [Fact]
    public void A_stream_that_is_usually_sent_to_at_once_is_slowed_all_the_same()
    {
        var pace = new FlushPace();

        pace.Throttled(TimeSpan.Zero);
        Assert.Equal(500, pace.IntervalMs(TimeSpan.Zero));

        pace.Taken(TimeSpan.Zero);
        Assert.Equal(0, pace.IntervalMs(TimeSpan.Zero));
    }
}
