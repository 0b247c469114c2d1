using System.Globalization;
using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Tests.Events;

public sealed class LineTimeTests
{
    private static readonly long Now = Ms("2026-01-02T03:05:00Z");

    [Theory]
    [InlineData("2026-01-02T03:04:05Z x", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05 x", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05,678 ERROR", "2026-01-02T03:04:05.678Z")]
    [InlineData("[2026-01-02T03:04:05.6789012Z] x", "2026-01-02T03:04:05.678Z")]
    [InlineData("2026-01-02T03:04:05.5+01:30 x", "2026-01-02T01:34:05.500Z")]
    [InlineData("2026-01-02T03:04:05-0800", "2026-01-02T11:04:05.000Z")]
    [InlineData("2026-01-02T03:04:05+02", "2026-01-02T01:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05.1 +0100 x", "2026-01-02T02:04:05.100Z")]
    [InlineData("2026-01-02 03:04:05.678 UTC [123] LOG:  x", "2026-01-02T03:04:05.678Z")]
    [InlineData("2026-01-02 03:04:05 -12 degrees", "2026-01-02T03:04:05.000Z")]
    [InlineData("2026-01-02 03:04:05 - started", "2026-01-02T03:04:05.000Z")]
    [InlineData("2024-02-29T23:59:60Z", "2024-02-29T23:59:59.000Z")]
    [InlineData("2026/01/02 03:04:05 [error] 12#0: *1 x", "2026-01-02T03:04:05.000Z")]
    public void Reads_the_ISO_time_that_leads_a_line(string line, string expected) => Assert.Equal(Ms(expected), Read(line));

    [Theory]
    [InlineData("<34>Oct 11 22:14:15 host su: x", "2025-10-11T22:14:15.000Z")]
    [InlineData("Jan  2 03:04:05 host app[12]: x", "2026-01-02T03:04:05.000Z")]
    [InlineData("<165>1 2026-01-02T03:04:05.678Z host app 12 ID47 - x", "2026-01-02T03:04:05.678Z")]
    [InlineData("<34>2026-01-02T03:04:05+01:00 host x", "2026-01-02T02:04:05.000Z")]
    public void Reads_the_time_of_a_syslog_line(string line, string expected) => Assert.Equal(Ms(expected), Read(line));

    [Theory]
    [InlineData("02 Jan 2026 03:04:05,678 [main] INFO x", "2026-01-02T03:04:05.678Z")]
    [InlineData("02-Jan-2026 03:04:05.678 INFO [main] x", "2026-01-02T03:04:05.678Z")]
    [InlineData("[02-Jan-2026 03:04:05 UTC] PHP Warning:  x", "2026-01-02T03:04:05.000Z")]
    [InlineData("[Fri Jan 02 03:04:05.678901 2026] [core:error] x", "2026-01-02T03:04:05.678Z")]
    [InlineData("Fri Jan  2 03:04:05 UTC 2026 x", "2026-01-02T03:04:05.000Z")]
    [InlineData("Jan 02, 2026 3:04:05 PM com.acme.Main main", "2026-01-02T15:04:05.000Z")]
    [InlineData("Jan 02, 2026 12:04:05\u202fAM com.acme.Main main", "2026-01-02T00:04:05.000Z")]
    [InlineData("1:M 02 Jan 2026 03:04:05.678 * Ready to accept connections", "2026-01-02T03:04:05.678Z")]
    [InlineData("INFO  [2026-01-02 03:04:05,678] org.eclipse: x", "2026-01-02T03:04:05.678Z")]
    [InlineData("ERROR 2026-01-02 03:04:05,678 views 12 x", "2026-01-02T03:04:05.678Z")]
    [InlineData("I, [2026-01-02T03:04:05.678901 #123]  INFO -- : x", "2026-01-02T03:04:05.678Z")]
    [InlineData("I0102 03:04:05.678901       1 main.go:12] x", "2026-01-02T03:04:05.678Z")]
    [InlineData("03:04:05.678 [main] INFO  com.acme.Main -- x", "2026-01-02T03:04:05.678Z")]
    [InlineData("[23:04:05,678] INFO x", "2026-01-01T23:04:05.678Z")]
    public void Reads_the_times_of_common_frameworks(string line, string expected) => Assert.Equal(Ms(expected), Read(line));

    [Theory]
    [InlineData("127.0.0.1 - frank [10/Oct/2025:13:55:36 +0000] \"GET / HTTP/1.1\" 200 12", "2025-10-10T13:55:36.000Z")]
    [InlineData("::1 - - [10/Oct/2025:13:55:36 -0700] \"GET /\" 200 12", "2025-10-10T20:55:36.000Z")]
    [InlineData("shop.example:443 10.0.0.1 - - [10/Oct/2025:13:55:36 +0000] \"GET /\" 200 12", "2025-10-10T13:55:36.000Z")]
    [InlineData("[10/Oct/2025:13:55:36 +0000] GET /", "2025-10-10T13:55:36.000Z")]
    public void Reads_the_time_of_an_access_log(string line, string expected) => Assert.Equal(Ms(expected), Read(line));

    [Theory]
    [InlineData("1767323045 x", "2026-01-02T03:04:05.000Z")]
    [InlineData("1767323045.678 12 x", "2026-01-02T03:04:05.678Z")]
    [InlineData("1767323045678\tx", "2026-01-02T03:04:05.678Z")]
    [InlineData("[1767323045] x", "2026-01-02T03:04:05.000Z")]
    public void Reads_seconds_and_milliseconds_since_1970_when_they_are_of_these_days(string line, string expected) =>
        Assert.Equal(Ms(expected), Read(line));

    [Theory]
    [InlineData("""{"timestamp":"2026-01-02T03:04:05.678Z","level":"INFO"}""", "2026-01-02T03:04:05.678Z")]
    [InlineData("""{"level":"INFO","msg":"a \"time\": \\","time":1767323045678,"pid":1}""", "2026-01-02T03:04:05.678Z")]
    [InlineData("""{ "a" : {"time":"2020-01-01T00:00:00Z"}, "ts" : 1767323045.678 }""", "2026-01-02T03:04:05.678Z")]
    [InlineData("""{"a":[1,"}",{"b":2}],"@timestamp":"2026-01-02 03:04:05,678"}""", "2026-01-02T03:04:05.678Z")]
    [InlineData("""{"time":"12ms","@t":"2026-01-02T03:04:05.678Z"}""", "2026-01-02T03:04:05.678Z")]
    [InlineData("""{"ts":1767323045678901234}""", "2026-01-02T03:04:05.678Z")]
    public void Reads_the_time_of_a_field_of_a_JSON_object(string line, string expected) => Assert.Equal(Ms(expected), Read(line));

    [Theory]
    [InlineData("")]
    [InlineData("x 2026-01-02T03:04:05Z")]
    [InlineData("2026-13-02T03:04:05Z")]
    [InlineData("2026-02-30T03:04:05Z")]
    [InlineData("2026-01-02T24:04:05Z")]
    [InlineData("2026-01-02T03:04")]
    [InlineData("0001-01-02T03:04:05Z")]
    [InlineData("9999-12-31T23:59:59-12:00")]
    [InlineData("4111111111 is a number, and too far off for a time")]
    [InlineData("1000000000 as well")]
    [InlineData("1767323045x")]
    [InlineData("May be")]
    [InlineData("03:04:05 is how long it took")]
    [InlineData("03:04:05.678x")]
    [InlineData("25:04:05.678 x")]
    [InlineData("<34")]
    [InlineData("{\"time\":12}")]
    [InlineData("{\"time\":\"2026-01-02T03:04:05Z")]
    [InlineData("{\"a\":{\"time\":\"2026-01-02T03:04:05Z\"}}")]
    public void What_is_no_time_is_not_read_as_one(string line) =>
        Assert.False(LineTime.TryFind(Encoding.UTF8.GetBytes(line), Now, out _, out _));

    [Fact]
    public void No_line_makes_it_throw_or_find_a_time_that_does_not_exist()
    {
        foreach (var line in Fuzz.Lines())
        {
            if (!LineTime.TryFind(line, Now, out var time, out var end))
                continue;

            Assert.InRange(end, 1, line.Length);
            Assert.True(time.UnixMs != 0 || time.IsReal);
            Assert.InRange(new WallClock(TimeZoneInfo.Utc).ToUnixMs(time, Now, 0), -86_400_000L, 253_402_300_800_000L);
        }
    }

    private static long Ms(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private static long Read(string line)
    {
        Assert.True(LineTime.TryFind(Encoding.UTF8.GetBytes(line), Now, out var time, out _));
        return new WallClock(TimeZoneInfo.Utc).ToUnixMs(time, Now, 0);
    }
}
