using Sidecar.Logs.Observing;
using Sidecar.Testing;

namespace Sidecar.Logs.Tests.Observing;

public sealed class RecentErrorsTests
{
    [Fact]
    public void The_last_twenty_are_kept_the_newest_first_and_the_same_again_only_counts()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));
        var errors = new RecentErrors(time);
        for (var i = 0; i < 30; i++)
            errors.Add("stream", $"reason {i}");
        time.Advance(TimeSpan.FromMinutes(1));

        errors.Add("stream", "reason 15");

        var status = errors.Status();
        Assert.Equal(20, status.Count);
        Assert.Equal(("reason 15", 2), (status[0]!["reason"]!.GetValue<string>(), status[0]!["times"]!.GetValue<int>()));
        Assert.Equal("2026-01-02T00:01:00.0000000+00:00", status[0]!["time"]!.GetValue<string>());
        Assert.Equal("2026-01-02T00:00:00.0000000+00:00", status[0]!["first"]!.GetValue<string>());
        Assert.Equal("reason 29", status[1]!["reason"]!.GetValue<string>());
    }
}
