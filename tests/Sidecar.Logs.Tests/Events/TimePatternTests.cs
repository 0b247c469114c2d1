using System.Globalization;
using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class TimePatternTests
{
    private static readonly long Now = DateTimeOffset.Parse("2026-01-02T03:05:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    [Theory]
    [InlineData("%d/%m/%Y %H:%M:%S", "02/01/2026 03:04:05 x", "2026-01-02T03:04:05.000Z")]
    [InlineData("%d.%m.%y %H:%M:%S,%L", "app: 02.01.26 03:04:05,678 x", "2026-01-02T03:04:05.678Z")]
    [InlineData("%b %e %Y %I:%M:%S %p", "Jan  2 2026 03:04:05 PM x", "2026-01-02T15:04:05.000Z")]
    [InlineData("%A, %d %B %Y %R", "Friday, 02 January 2026 03:04 x", "2026-01-02T03:04:00.000Z")]
    [InlineData("%Y%m%dT%H%M%S%f%z", "20260102T030405678+0100 x", "2026-01-02T02:04:05.678Z")]
    [InlineData("%F %T %Z", "[2026-01-02 03:04:05 UTC] x", "2026-01-02T03:04:05.000Z")]
    [InlineData("%Y.%j-%T", "x 2026.002-03:04:05", "2026-01-02T03:04:05.000Z")]
    [InlineData("at=%s", "level=info at=1767323045 x", "2026-01-02T03:04:05.000Z")]
    [InlineData("%Q", "1767323045678 x", "2026-01-02T03:04:05.678Z")]
    [InlineData("[%H:%M:%S.%L]", "[03:04:05.678] x", "2026-01-02T03:04:05.678Z")]
    [InlineData("100%% %T", "100% 03:04:05", "2026-01-02T03:04:05.000Z")]
    public void Finds_the_time_in_the_users_format_wherever_it_stands(string format, string line, string expected)
    {
        var pattern = TimePattern.TryParse(format, out _)!;
        var place = 0;

        Assert.True(pattern.TryFind(Encoding.UTF8.GetBytes(line), ref place, out var time, out _));
        Assert.Equal(
            expected,
            DateTimeOffset.FromUnixTimeMilliseconds(new WallClock(TimeZoneInfo.Utc).ToUnixMs(time, Now, 0))
                .ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("%d/%m/%Y %H:%M:%S", "31/02/2026 03:04:05")]
    [InlineData("%d/%m/%Y %H:%M:%S", "1102/01/2026 03:04:05")]
    [InlineData("%H:%M:%S", "25:00:00")]
    [InlineData("%H:%M:%S", "")]
    [InlineData("%I:%M %p", "13:00 PM")]
    [InlineData("%Y.%j %R", "2025.366 10:00")]
    [InlineData("%s", "123456789012345")]
    public void What_does_not_fit_is_no_time(string format, string line)
    {
        var place = 0;

        Assert.False(TimePattern.TryParse(format, out _)!.TryFind(Encoding.UTF8.GetBytes(line), ref place, out _, out _));
    }

    [Theory]
    [InlineData("%Y-%m-%d", "%H:%M")]
    [InlineData("%H:%M %v", "no %v")]
    [InlineData("%H:%M%", "last %")]
    [InlineData("%m %H:%M", "day")]
    [InlineData("%I:%M", "%p")]
    [InlineData("%Y %H:%M", "month")]
    public void A_format_that_can_not_tell_a_time_is_refused_and_why(string format, string reason)
    {
        Assert.Null(TimePattern.TryParse(format, out var fault));
        Assert.Contains(reason, fault);
    }

    [Fact]
    public void No_line_makes_it_throw()
    {
        TimePattern[] patterns =
        [
            .. new[] { "%d %b %Y %H:%M:%S,%L", "%b %e %T", "[%d/%b/%Y:%T %z]", "%s", "%A %B %d %I:%M:%S %p %Y", "%Y.%j %R", "%y%m%d %T%f%Z" }
                .Select(one => TimePattern.TryParse(one, out _)!),
        ];
        var place = 0;
        foreach (var line in Fuzz.Lines())
        {
            foreach (var pattern in patterns)
            {
                if (pattern.TryFind(line, ref place, out var time, out var end))
                    Assert.InRange(end, 1, line.Length);
                Assert.True(time.UnixMs != 0 || time.IsReal);
            }
        }
    }
}
