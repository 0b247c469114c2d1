using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Tests.Batching;

public sealed class PortionTests
{
    [Theory]
    [InlineData(10_000, 0)]
    [InlineData(10_000, 7_000)]
    [InlineData(10_000, 9_999)]
    [InlineData(5, 3)]
    [InlineData(1, 0)]
    public void One_event_among_many_is_found_in_few_steps_and_nothing_is_sent_twice(int events, int bad)
    {
        var portion = new Portion();
        var calls = 0;
        var found = -1;

        for (var at = 0; at < events; calls++)
        {
            var count = Math.Min(portion.MaxEvents, events - at);
            if (bad < at || bad >= at + count)
            {
                portion.Taken();
                at += count;
            }
            else if (count > 1)
            {
                portion.Refused(count);
            }
            else
            {
                portion.Found();
                found = at++;
            }
        }

        Assert.Equal(bad, found);
        Assert.InRange(calls, 1, 45);
        Assert.Equal(BatchLimits.MaxEvents, portion.MaxEvents);
    }

    [Fact]
    public void What_has_passed_by_itself_leaves_no_small_batches_behind()
    {
        var portion = new Portion();
        portion.Refused(64);

        for (var taken = 0; taken < 20; taken++)
            portion.Taken();

        Assert.Equal(BatchLimits.MaxEvents, portion.MaxEvents);
    }

    [Fact]
    public void Where_many_in_a_row_are_not_taken_each_further_one_costs_one_call()
    {
        var portion = new Portion();

        for (var found = 0; found < 3; found++)
            portion.Found();

        Assert.Equal((1, 3), (portion.MaxEvents, portion.FoundInRow));
        portion.Taken();
        Assert.Equal(0, portion.FoundInRow);
    }
}
