using Sidecar.Ambassador.Redis.Insight;

namespace Sidecar.Ambassador.Tests.Redis.Insight;

public sealed class LatencyCountsTests
{
    [Theory]
    [InlineData(0, 0.000128)]
    [InlineData(127, 0.000128)]
    [InlineData(128, 0.000256)]
    [InlineData(1_000, 0.001024)]
    [InlineData(1_500_000, 2.097152)]
    [InlineData(8_388_607, 8.388608)]
    [InlineData(8_388_608, double.PositiveInfinity)]
    [InlineData(10_000_000_000, double.PositiveInfinity)]
    public void A_command_is_counted_below_the_first_end_that_it_did_not_reach(long microseconds, double end)
    {
        var counts = new LatencyCounts(TimeProvider.System);

        counts.Add(CommandClass.Read, microseconds * (TimeProvider.System.TimestampFrequency / 1_000_000));

        Assert.Equal(end, counts.Below(CommandClass.Read).First(step => step.Count == 1).End, 1e-9);
        Assert.Equal(0, counts.Below(CommandClass.Write).Last().Count);
        Assert.Equal(microseconds / 1e6, counts.Seconds(CommandClass.Read), 1e-9);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        var counts = new LatencyCounts(TimeProvider.System);
        counts.Add(CommandClass.Read, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 10_000; i++)
            counts.Add(CommandClass.Write, i);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
