using System.Text;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Tests.Shaping;

public sealed class EventFilterTests
{
    [Theory]
    [InlineData(null, null, "anything", true)]
    [InlineData("ERROR|WARN", null, "an ERROR", true)]
    [InlineData("ERROR|WARN", null, "an error", false)]
    [InlineData("(?i)error", null, "an Error", true)]
    [InlineData(null, "GET /health", "\"GET /healthz\" 200", false)]
    [InlineData(null, "^DEBUG", "x DEBUG", true)]
    [InlineData("ERROR", "known", "ERROR known", false)]
    [InlineData("^(?!.*health)", null, "GET /health", false)]
    [InlineData("€$", null, "first\nlast €", true)]
    public void An_event_is_sent_when_keep_is_found_in_it_and_drop_is_not(string? keep, string? drop, string message, bool isKept)
    {
        var filter = new EventFilter(Pattern(keep), Pattern(drop), new Lazy<CharText>());
        var counts = default(ShapingCounts);

        Assert.Equal(isKept, filter.Keeps(Encoding.UTF8.GetBytes(message), 0, ref counts));
        Assert.Equal(isKept ? 0 : 1, counts.Dropped);
    }

    [Fact]
    public void An_event_for_which_the_pattern_takes_too_long_is_kept_and_the_pattern_rests()
    {
        var filter = new EventFilter(null, Pattern("^(?=(a+)+$)"), new Lazy<CharText>());
        var hostile = Encoding.UTF8.GetBytes(new string('a', 60) + "!");
        var counts = default(ShapingCounts);

        Assert.True(filter.Keeps(hostile, now: 0, ref counts));
        Assert.True(filter.Keeps("aaa"u8, now: 9_999, ref counts));
        Assert.False(filter.Keeps("aaa"u8, now: 10_000, ref counts));
        Assert.Equal((2, 1), (counts.Unfiltered, counts.Dropped));
    }

    [Fact]
    public void Patterns_without_look_around_take_no_longer_than_the_text()
    {
        var filter = new EventFilter(null, Pattern("^(a+)+$"), new Lazy<CharText>());
        var counts = default(ShapingCounts);

        Assert.True(filter.Keeps(Encoding.UTF8.GetBytes(new string('a', 500_000) + "!"), now: 0, ref counts));
        Assert.Equal(0, counts.Unfiltered);
    }

    private static UserPattern? Pattern(string? text) => text is null ? null : UserPattern.Read(text).Value;
}
