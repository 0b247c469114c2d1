using System.Globalization;
using System.Text;
using System.Text.Json;
using Sidecar.Logs.Events;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Tests.Shaping;

public sealed class LineParserTests
{
    private const int MaxLength = 1_048_550;

    private static readonly long Now = DateTimeOffset.Parse("2026-01-02T03:05:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    [Theory]
    [InlineData("log4j", "2026-01-02 03:04:05,678 [main] INFO  com.acme.Main - started", "level=INFO thread=main logger=com.acme.Main message=started")]
    [InlineData("log4j", "2026-01-02 03:04:05,678 WARN  [http-1] (Main.java:12) - slow: 3 s", "level=WARN thread=http-1 message=slow: 3 s")]
    [InlineData("log4j", "02 Jan 2026 03:04:05,678 ERROR com.acme.Main - failed", "level=ERROR logger=com.acme.Main message=failed")]
    [InlineData("log4j", "03:04:05.678 [main] INFO  com.acme.Main - started", "level=INFO thread=main logger=com.acme.Main message=started")]
    [InlineData("logback", "03:04:05.678 [main] ERROR a.b.C -- failed", "level=ERROR thread=main logger=a.b.C message=failed")]
    [InlineData("logback", "2026-01-02 03:04:05.678 [main] DEBUG c.acme.Main -- requestId=abc-123456 ok", "level=DEBUG request_id=abc-123456 thread=main logger=c.acme.Main message=requestId=abc-123456 ok")]
    [InlineData(
        "logback",
        "2026-01-02T03:04:05.678Z  INFO 12345 --- [orders] [           main] [4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7] c.acme.Main                              : Started",
        "level=INFO service=orders trace_id=4bf92f3577b34da6a3ce929d0e0e4736 pid=12345 span_id=00f067aa0ba902b7 logger=c.acme.Main thread=main message=Started")]
    [InlineData("logback", "2026-01-02T03:04:05.678Z ERROR 1 --- [main] o.s.b.SpringApplication : Application run failed", "level=ERROR pid=1 logger=o.s.b.SpringApplication thread=main message=Application run failed")]
    [InlineData("logback", "2026-01-02 03:04:05.678 INFO [orders,4bf92f3577b34da6a3ce929d0e0e4736,00f067aa0ba902b7] 1 --- [main] c.a.M : x", "level=INFO service=orders trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 pid=1 logger=c.a.M thread=main message=x")]
    [InlineData("python", "2026-01-02 03:04:05,678 - app.views - ERROR - failed - badly", "level=ERROR logger=app.views message=failed - badly")]
    [InlineData("python", "2026-01-02 03:04:05,678 - INFO - app - text", "level=INFO logger=app message=text")]
    [InlineData("python", "WARNING:root:low: 3", "level=WARN logger=root message=low: 3")]
    [InlineData("python", "INFO:     127.0.0.1:54 - \"GET / HTTP/1.1\" 200 OK", "level=INFO message=127.0.0.1:54 - \"GET / HTTP/1.1\" 200 OK")]
    [InlineData("python", "[2026-01-02 03:04:05 +0000] [12] [INFO] Booting worker", "level=INFO pid=12 message=Booting worker")]
    [InlineData("python", "[2026-01-02 03:04:05,678] ERROR in app: Exception on / [GET]", "level=ERROR logger=app message=Exception on / [GET]")]
    [InlineData("python", "[2026-01-02 03:04:05,678: INFO/MainProcess] Task done", "level=INFO thread=MainProcess message=Task done")]
    [InlineData("dotnet", "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://[::]:80", "level=INFO event_id=14 logger=Microsoft.Hosting.Lifetime message=Now listening on: http://[::]:80")]
    [InlineData("dotnet", "2026-01-02 03:04:05 fail: Acme.Orders[0] it broke", "level=ERROR event_id=0 logger=Acme.Orders message=it broke")]
    [InlineData("dotnet", "2026-01-02 03:04:05.678 +00:00 [INF] Starting: web", "level=INFO message=Starting: web")]
    [InlineData("dotnet", "[03:04:05 ERR] it broke", "level=ERROR message=it broke")]
    [InlineData("dotnet", "2026-01-02 03:04:05.6780|WARN|Acme.Orders|a|b", "level=WARN logger=Acme.Orders message=a|b")]
    [InlineData("syslog", "<34>Oct 11 22:14:15 web1 sshd[12]: Failed", "level=FATAL service=sshd host=web1 pid=12 message=Failed")]
    [InlineData("syslog", "Oct 11 22:14:15 web1 cron: done", "service=cron host=web1 message=done")]
    [InlineData("syslog", "<165>1 2026-01-02T03:04:05.678Z web1 orders 12 ID47 [a@1 b=\"c\"] text", "level=INFO service=orders host=web1 pid=12 message_id=ID47 message=text")]
    [InlineData("logfmt", "ts=2026-01-02T03:04:05Z lvl=warn msg=\"a \\\"b\\\"\" traceID=abcdef12 dur=3ms empty=", "level=WARN trace_id=abcdef12 dur=3ms message=a \"b\"")]
    [InlineData(
        "nginx",
        "10.0.0.1 - frank [02/Jan/2026:03:04:05 +0000] \"GET /a?b=1 HTTP/1.1\" 502 12 \"-\" \"curl/8\"",
        "level=ERROR client=10.0.0.1 user=frank method=GET path=/a?b=1 status=502 bytes=12 user_agent=curl/8 message=10.0.0.1 - frank [02/Jan/2026:03:04:05 +0000] \"GET /a?b=1 HTTP/1.1\" 502 12 \"-\" \"curl/8\"")]
    [InlineData("nginx", "2026/01/02 03:04:05 [error] 12#0: *1 open() failed, client: 10.0.0.1, server: _", "level=ERROR pid=12 client=10.0.0.1 message=*1 open() failed, client: 10.0.0.1, server: _")]
    [InlineData("(?<level>\\w+) (?<order>\\d+) (?<message>.*)", "err 12 it broke", "level=ERROR order=12 message=it broke")]
    [InlineData("order=(?<order>\\d+)", "text order=12", "order=12 message=text order=12")]
    public void A_line_becomes_an_object_with_the_fields_that_it_states(string parsing, string line, string expected)
    {
        var parsed = Parse(parsing, line);

        Assert.NotNull(parsed);
        Assert.Equal(expected, string.Join(' ', parsed.RootElement.EnumerateObject().Skip(1).Select(one => $"{one.Name}={one.Value}")));
    }

    [Theory]
    [InlineData("log4j", "no level here")]
    [InlineData("log4j", "2026-01-02 03:04:05,678 com.acme.Main - no level")]
    [InlineData("python", "text")]
    [InlineData("dotnet", "      indented")]
    [InlineData("syslog", "text")]
    [InlineData("logfmt", "just words")]
    [InlineData("logfmt", "a=1 words")]
    [InlineData("nginx", "text")]
    [InlineData("nginx", "2026/01/02 03:04:05 text")]
    [InlineData("(?<level>ERROR) .*", "INFO x")]
    public void A_line_of_another_kind_is_not_parsed(string parsing, string line) => Assert.Null(Parse(parsing, line));

    [Fact]
    public void The_time_is_the_events_and_the_service_that_of_the_source_unless_the_line_has_one()
    {
        var own = Parse("log4j", "2026-01-02 03:04:05,678 INFO a.B - x", "orders")!.RootElement;
        var stated = Parse("syslog", "Jan  2 03:04:05 host app: x", "orders")!.RootElement;

        Assert.Equal("2026-01-02T03:04:05.678Z", own.GetProperty("timestamp").GetString());
        Assert.Equal("orders", own.GetProperty("service").GetString());
        Assert.Equal("app", stated.GetProperty("service").GetString());
    }

    [Fact]
    public void A_trace_stays_in_the_message()
    {
        var parsed = Parse("log4j", "2026-01-02 03:04:05,678 ERROR a.B - it\tbroke\njava.lang.X: \"y\"\n\tat a.B.c(B.java:1)\u0001€")!.RootElement;

        Assert.Equal("it\tbroke\njava.lang.X: \"y\"\n\tat a.B.c(B.java:1)\u0001€", parsed.GetProperty("message").GetString());
        Assert.Equal("a.B", parsed.GetProperty("logger").GetString());
    }

    [Theory]
    [InlineData("x trace_id=4bf92f3577b34da6 y", "trace_id", "4bf92f3577b34da6")]
    [InlineData("x traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "trace_id", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("X-Request-ID: 7b3f9a2c-1d", "request_id", "7b3f9a2c-1d")]
    [InlineData("{\"requestId\":\"7b3f9a2c\"}", "request_id", "7b3f9a2c")]
    [InlineData("correlationId=7b3f9a2c", "request_id", "7b3f9a2c")]
    [InlineData("the request ideally traces idle", "request_id", null)]
    public void Ids_are_found_wherever_the_message_names_them(string message, string name, string? expected)
    {
        var parsed = Parse("log4j", $"2026-01-02 03:04:05,678 INFO a.B - {message}")!.RootElement;

        Assert.Equal(expected, parsed.TryGetProperty(name, out var value) ? value.GetString() : null);
    }

    [Fact]
    public void A_line_whose_object_would_be_too_long_stays_as_it_is()
    {
        var head = "2026-01-02 03:04:05,678 INFO a.B - ";
        var room = MaxLength - Encoding.UTF8.GetByteCount(Parse("log4j", head + "x")!.RootElement.GetRawText()) - 512;

        Assert.NotNull(Parse("log4j", head + new string('x', room)));
        Assert.Null(Parse("log4j", head + new string('x', MaxLength - head.Length)));
        Assert.Null(Parse("log4j", head + new string('"', MaxLength / 2)));
    }

    [Fact]
    public void A_pattern_that_runs_out_of_time_leaves_the_line_as_it_is_and_rests()
    {
        var parser = New("^(?=(a+)+$)(?<all>a+)", null);
        var room = new MessageRoom();
        ReadOnlyMemory<byte> hostile = Encoding.UTF8.GetBytes(new string('a', 60) + "!");
        ReadOnlyMemory<byte> fine = "aaa"u8.ToArray();

        Assert.False(parser.TryParse(ref hostile, 0, 0, now: 0, room));
        Assert.False(parser.TryParse(ref fine, 0, 0, now: 9_999, room));
        Assert.True(parser.TryParse(ref fine, 0, 0, now: 10_000, room));
    }

    [Theory]
    [InlineData("log4j")]
    [InlineData("logback")]
    [InlineData("logfmt")]
    [InlineData("syslog")]
    [InlineData("nginx")]
    [InlineData("python")]
    [InlineData("dotnet")]
    [InlineData("(?<level>\\w+): (?<message>.*)")]
    public void Whatever_the_line_is_it_stays_or_becomes_an_object_that_JSON_readers_take(string parsing)
    {
        var parser = New(parsing, "orders");
        var room = new MessageRoom();
        foreach (var line in Fuzz.Lines())
        {
            ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line));
            if (message.IsEmpty)
                continue;

            LineTime.TryFind(message.Span, Now, out _, out var end);
            if (parser.TryParse(ref message, Now, end, now: 0, room))
                JsonDocument.Parse(message).Dispose();
            room.Take();
        }
    }

    private static LineParser New(string parsing, string? service) =>
        new(LineParsing.Read(parsing).Value!, service, MaxLength, new Lazy<CharText>());

    private static JsonDocument? Parse(string parsing, string line, string? service = null)
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(line);
        var timestampMs = Now;
        if (LineTime.TryFind(message.Span, Now, out var time, out var end))
            timestampMs = new WallClock(TimeZoneInfo.Utc).ToUnixMs(time, Now, 0);
        return New(parsing, service).TryParse(ref message, timestampMs, end, now: 0, new MessageRoom()) ? JsonDocument.Parse(message) : null;
    }
}
