using Sidecar.Hosting.Lifecycle;

namespace Sidecar.Hosting.Tests.Lifecycle;

public sealed class BurstTests
{
    [Theory]
    [InlineData("a burst and two quiet turns", new[] { 4000, 50, 50 }, new[] { 3 })]
    [InlineData("a pause in a burst", new[] { 4000, 50, 4000, 50, 50 }, new[] { 5 })]
    [InlineData("quiet from the start", new[] { 50, 50, 50, 50 }, new int[0])]
    [InlineData("a steady small load", new[] { 300, 300, 300, 300 }, new int[0])]
    [InlineData("a small load after a burst", new[] { 4000, 300, 300, 50, 50 }, new[] { 5 })]
    [InlineData("once for each burst", new[] { 600, 0, 0, 0, 0, 600, 0, 0, 0 }, new[] { 3, 8 })]
    public void A_burst_is_over_after_two_turns_that_took_hardly_any_processor_time(string what, int[] milliseconds, int[] overAfter)
    {
        var burst = new Burst(TimeSpan.FromSeconds(5));

        var over = milliseconds.Select((taken, i) => burst.IsOverAfter(TimeSpan.FromMilliseconds(taken)) ? i + 1 : 0).Where(turn => turn > 0);

        Assert.True(overAfter.SequenceEqual(over), what);
    }
}
