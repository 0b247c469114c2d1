using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Hosting.Telemetry;

namespace Sidecar.Hosting.Tests.Telemetry;

public sealed class JsonLineFormatterTests
{
    [Fact]
    public void No_name_comes_twice_whatever_the_parts_of_a_message_are_called()
    {
        KeyValuePair<string, object?>[] parts =
        [
            KeyValuePair.Create<string, object?>("Source", "orders"), KeyValuePair.Create<string, object?>("Event", "+switch-master"),
            KeyValuePair.Create<string, object?>("OpenFiles", 3), KeyValuePair.Create<string, object?>("{OriginalFormat}", "..."),
        ];

        var line = Written(parts);

        Assert.Equal(["time", "level", "message", "event", "source", "source_", "event_", "open_files"], line.Select(field => field.Key));
        Assert.Equal("orders", (string?)line["source_"]);
        Assert.Equal("Sidecar.Logs", (string?)line["source"]);
    }

    [Fact]
    public void The_trace_that_a_message_is_about_has_the_name_that_traces_have_everywhere()
    {
        var traced = Written([KeyValuePair.Create<string, object?>("TraceId", "0af7651916cd43dd8448eb211c80319c")]);
        var untraced = Written([KeyValuePair.Create<string, object?>("TraceId", null)]);

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", (string?)traced["trace_id"]);
        Assert.Equal(["time", "level", "message", "event", "source"], untraced.Select(field => field.Key));
    }

    private static JsonObject Written(KeyValuePair<string, object?>[] parts)
    {
        using var output = new StringWriter();

        new JsonLineFormatter(TimeProvider.System).Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
                LogLevel.Information, "Sidecar.Logs", new EventId(1118), parts, exception: null, (_, _) => "text"),
            scopeProvider: null,
            output);

        return JsonNode.Parse(output.ToString())!.AsObject();
    }
}
