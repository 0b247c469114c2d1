using Sidecar.Hosting.Lifecycle;

namespace Sidecar.Hosting.Tests.Lifecycle;

public sealed class BurstTests
{
    private const long Before = 40L << 20;

    [Theory]
    [InlineData("a burst and two quiet turns", new[] { 4000, 50, 50 }, new[] { 3 })]
    [InlineData("a pause in a burst", new[] { 4000, 50, 4000, 50, 50 }, new[] { 5 })]
    [InlineData("quiet from the start", new[] { 50, 50, 50, 50 }, new int[0])]
    [InlineData("a steady small load", new[] { 300, 300, 300, 300 }, new int[0])]
    [InlineData("a small load after a burst", new[] { 4000, 300, 300, 50, 50 }, new[] { 5 })]
    [InlineData("once for each burst", new[] { 600, 0, 0, 0, 0, 600, 0, 0, 0 }, new[] { 3, 8 })]
    public void A_burst_is_over_after_two_turns_that_took_hardly_any_processor_time(string what, int[] milliseconds, int[] overAfter)
    {
        var burst = new Burst(TimeSpan.FromSeconds(5), Before);

        var over = milliseconds.Select((taken, i) => burst.IsOverAfter(TimeSpan.FromMilliseconds(taken), Before) ? i + 1 : 0).Where(turn => turn > 0);

        Assert.True(overAfter.SequenceEqual(over), what);
    }

    [Fact]
    public void A_burst_that_took_memory_and_hardly_any_processor_time_is_one_too()
    {
        var burst = new Burst(TimeSpan.FromSeconds(5), Before);

        bool[] over = [.. new[] { 20, 200, 200, 200 }.Select(grown => burst.IsOverAfter(TimeSpan.FromMilliseconds(50), Before + ((long)grown << 20)))];

        Assert.Equal([false, true, true, true], over);
    }
}
