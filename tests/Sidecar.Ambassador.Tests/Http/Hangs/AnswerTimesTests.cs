using Sidecar.Ambassador.Http.Hangs;

namespace Sidecar.Ambassador.Tests.Http.Hangs;

public sealed class AnswerTimesTests
{
    [Theory]
    [InlineData(0.3)]
    [InlineData(7)]
    [InlineData(180)]
    [InlineData(60_000)]
    public void Ninety_nine_of_a_hundred_stay_below_what_is_told_and_it_is_at_most_a_quarter_more(double milliseconds)
    {
        var times = new AnswerTimes();

        for (var i = 0; i < 990; i++) times.Add(TimeSpan.FromMilliseconds(milliseconds));
        for (var i = 0; i < 10; i++) times.Add(TimeSpan.FromHours(1));

        Assert.InRange(times.Percentile(99).TotalMilliseconds, milliseconds, milliseconds * 1.26);
    }

    [Fact]
    public void The_slow_ones_count_when_there_are_more_than_one_in_a_hundred()
    {
        var times = new AnswerTimes();

        for (var i = 0; i < 980; i++) times.Add(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 20; i++) times.Add(TimeSpan.FromSeconds(1));

        Assert.InRange(times.Percentile(99).TotalSeconds, 1, 1.26);
    }

    [Fact]
    public void What_was_long_ago_is_forgotten()
    {
        var times = new AnswerTimes();
        for (var i = 0; i < 100; i++) times.Add(TimeSpan.FromSeconds(1));

        for (var i = 0; i < 8; i++) times.Fade();

        Assert.Equal(TimeSpan.Zero, times.Percentile(99));
    }
}
