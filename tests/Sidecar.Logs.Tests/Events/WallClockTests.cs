using System.Globalization;
using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class WallClockTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public void A_time_without_a_zone_is_in_the_given_one()
    {
        Assert.Equal("2026-01-02T02:04:05Z", Read(Berlin, "2026-01-02T03:04:05", read: "2026-01-03T00:00:00Z"));
        Assert.Equal("2026-07-02T01:04:05Z", Read(Berlin, "2026-07-02T03:04:05", read: "2026-07-03T00:00:00Z"));
        Assert.Equal("2026-01-02T03:04:05Z", Read(Berlin, "2026-01-02T03:04:05Z", read: "2026-01-03T00:00:00Z"));
    }

    [Theory]
    [InlineData("2026-10-25T00:30:00Z", "2026-10-25T02:31:00", "2026-10-25T00:31:00Z")]
    [InlineData("2026-10-25T00:59:59Z", "2026-10-25T02:00:01", "2026-10-25T01:00:01Z")]
    [InlineData("2026-10-25T01:30:00Z", "2026-10-25T02:29:58", "2026-10-25T01:29:58Z")]
    [InlineData("2026-10-24T23:59:00Z", "2026-10-25T02:59:00", "2026-10-25T00:59:00Z")]
    public void The_hour_that_comes_twice_is_the_one_that_goes_on_from_the_line_before(string last, string line, string expected) =>
        Assert.Equal(expected, Read(Berlin, line, read: "2026-10-26T00:00:00Z", last));

    [Fact]
    public void A_file_that_slept_through_the_first_of_the_two_hours_is_in_the_second() =>
        Assert.Equal("2026-10-25T01:30:00Z", Read(Berlin, "2026-10-25T02:30:00", read: "2026-10-25T01:30:01Z", last: "2026-10-24T23:50:00Z"));

    [Fact]
    public void An_hour_that_is_left_out_is_read_with_the_offset_from_before() =>
        Assert.Equal("2026-03-29T01:30:00Z", Read(Berlin, "2026-03-29T02:30:00", read: "2026-03-30T00:00:00Z"));

    [Theory]
    [InlineData("Dec 31 23:59:59", "2027-01-01T00:00:05Z", "2026-12-31T23:59:59Z")]
    [InlineData("Jan  1 00:00:00", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("Jan  1 00:00:00", "2027-01-01T00:00:05Z", "2027-01-01T00:00:00Z")]
    [InlineData("Feb 29 12:00:00", "2027-03-01T00:00:00Z", "2024-02-29T12:00:00Z")]
    [InlineData("Oct 11 22:14:15", "2026-10-10T00:00:00Z", "2025-10-11T22:14:15Z")]
    public void A_date_without_its_year_is_in_the_last_year_that_fits(string line, string read, string expected) =>
        Assert.Equal(expected, Read(TimeZoneInfo.Utc, line, read));

    [Theory]
    [InlineData("23:59:58", "2026-01-02T00:00:01Z", "2026-01-01T23:59:58Z")]
    [InlineData("00:00:01", "2026-01-01T23:59:59Z", "2026-01-02T00:00:01Z")]
    [InlineData("12:00:00", "2026-01-02T13:00:00Z", "2026-01-02T12:00:00Z")]
    public void A_time_without_its_date_is_on_the_last_day_that_fits(string line, string read, string expected)
    {
        var place = 0;
        Assert.True(TimePattern.TryParse("%T", out _)!.TryFind(Encoding.UTF8.GetBytes(line), ref place, out var time, out _));

        Assert.Equal(expected, Show(new WallClock(TimeZoneInfo.Utc).ToUnixMs(time, Ms(read), 0)));
    }

    private static string Read(TimeZoneInfo zone, string line, string read, string? last = null)
    {
        Assert.True(LineTime.TryFind(Encoding.UTF8.GetBytes(line), Ms(read), out var time, out _));
        return Show(new WallClock(zone).ToUnixMs(time, Ms(read), last is null ? 0 : Ms(last)));
    }

    private static long Ms(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private static string Show(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
