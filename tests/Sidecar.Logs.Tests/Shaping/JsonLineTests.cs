using System.Text;
using System.Text.Json;
using Sidecar.Logs.Events;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs.Tests.Shaping;

public sealed class JsonLineTests
{
    [Theory]
    [InlineData("""{"time":1767323045678,"level":30,"msg":"a \"b\"","pid":1}""", """{"timestamp":1767323045678,"level":"INFO","message":"a \"b\"","pid":1}""")]
    [InlineData("""{ "ts" : 1.5, "lvl": "warning" , "message":"x","traceId":"abc"}""", """{ "timestamp" : 1.5, "level": "WARN" , "message":"x","trace_id":"abc"}""")]
    [InlineData("""{"severity":"ERROR","log.level":"x","dd.trace_id":"1","service.name":"orders","reqId":"r-1"}""", """{"level":"ERROR","log.level":"x","trace_id":"1","service":"orders","request_id":"r-1"}""")]
    [InlineData("""{"msg":"stays","message":"x"}""", """{"msg":"stays","message":"x"}""")]
    [InlineData("""{"level":"INFO","message":"as it is"}""", """{"level":"INFO","message":"as it is"}""")]
    [InlineData("""{"app":{"name":"x"},"level":"custom"}""", """{"app":{"name":"x"},"level":"custom"}""")]
    [InlineData("{}", "{}")]
    public void Known_fields_get_their_common_names_and_all_else_stays(string line, string expected)
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(line);

        Assert.True(new JsonLine(1_048_550).TryRename(ref message, new MessageRoom()));
        Assert.Equal(expected, Encoding.UTF8.GetString(message.Span));
    }

    [Theory]
    [InlineData(
        """{"msg":"x", "traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}""",
        """{"message":"x", "trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}""")]
    [InlineData("""{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}""", """{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}""")]
    [InlineData("""{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","otelTraceID":"a"}""", """{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","trace_id":"a"}""")]
    [InlineData("""{"traceparent":"none of W3C's, and so no trace of anybody's","message":"x"}""", """{"traceparent":"none of W3C's, and so no trace of anybody's","message":"x"}""")]
    public void A_trace_that_only_its_header_names_gets_a_field(string line, string expected)
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(line);

        Assert.True(new JsonLine(1_048_550).TryRename(ref message, new MessageRoom()));
        Assert.Equal(expected, Encoding.UTF8.GetString(message.Span));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1} and more")]
    [InlineData("{\"a\" 1}")]
    public void What_is_no_object_is_not_touched(string line)
    {
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(line);

        Assert.False(new JsonLine(1_048_550).TryRename(ref message, new MessageRoom()));
        Assert.Equal(line, Encoding.UTF8.GetString(message.Span));
    }

    [Fact]
    public void An_object_that_would_get_too_long_stays_as_it_is()
    {
        var line = $$"""{"msg":"{{new string('x', 90)}}"}""";
        ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(line);

        Assert.True(new JsonLine(101).TryRename(ref message, new MessageRoom()));
        Assert.Equal(line, Encoding.UTF8.GetString(message.Span));
    }

    [Fact]
    public void Whatever_the_line_is_an_object_stays_an_object()
    {
        var json = new JsonLine(1_048_550);
        var room = new MessageRoom();
        foreach (var line in Fuzz.Lines())
        {
            if (line.Length == 0)
                continue;

            ReadOnlyMemory<byte> message = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line));
            var wasJson = IsJson(message);
            var isRenamed = json.TryRename(ref message, room);
            if (wasJson)
                Assert.True(isRenamed && IsJson(message), Encoding.UTF8.GetString(line));
            room.Take();
        }
    }

    private static bool IsJson(ReadOnlyMemory<byte> message)
    {
        if (message.Span[0] != '{')
            return false;

        try
        {
            JsonDocument.Parse(message).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
