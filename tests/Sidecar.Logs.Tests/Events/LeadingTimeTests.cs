using System.Globalization;
using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class LeadingTimeTests
{
    [Theory]
    [InlineData("2026-01-02T03:04:05Z x", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05 x", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05,678 ERROR", "2026-01-02T03:04:05.678Z")]
    [InlineData("[2026-01-02T03:04:05.6789012Z] x", "2026-01-02T03:04:05.678Z")]
    [InlineData("2026-01-02T03:04:05.5+01:30 x", "2026-01-02T01:34:05.500Z")]
    [InlineData("2026-01-02T03:04:05-0800", "2026-01-02T11:04:05.000Z")]
    [InlineData("2026-01-02T03:04:05+02", "2026-01-02T01:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05.1 +0100 x", "2026-01-02T02:04:05.100Z")]
    [InlineData("2026-01-02 03:04:05 -12 degrees", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05 - started", "2026-01-02T03:04:05.000Z")]
    [InlineData("2024-02-29T23:59:60Z", "2024-02-29T23:59:59.000Z")]
    public void Reads_the_time_that_leads_a_line(string line, string expected)
    {
        Assert.True(LeadingTime.TryRead(Encoding.UTF8.GetBytes(line), TimeZoneInfo.Utc, out var timestampMs));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds(), timestampMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("INFO 2026-01-02T03:04:05Z")]
    [InlineData("2026-13-02T03:04:05Z")]
    [InlineData("2026-02-30T03:04:05Z")]
    [InlineData("2026-01-02T24:04:05Z")]
    [InlineData("2026-01-02T03:04")]
    [InlineData("0001-01-02T03:04:05Z")]
    [InlineData("2026/01/02 03:04:05")]
    public void What_is_no_time_is_not_read_as_one(string line)
    {
        Assert.False(LeadingTime.TryRead(Encoding.UTF8.GetBytes(line), TimeZoneInfo.Utc, out _));
    }

    [Fact]
    public void A_time_without_a_zone_is_in_the_given_one()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("plus two", TimeSpan.FromHours(2), "plus two", "plus two");

        LeadingTime.TryRead("2026-01-02T03:04:05"u8, zone, out var local);
        LeadingTime.TryRead("2026-01-02T03:04:05Z"u8, zone, out var stated);

        Assert.Equal(TimeSpan.FromHours(2).TotalMilliseconds, stated - local);
    }
}
