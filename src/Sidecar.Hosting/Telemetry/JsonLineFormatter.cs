using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Sidecar.Hosting.Telemetry;

/// <summary>Writes the agent's own log: one JSON object a line, with the message's parts as fields and the trace id where there is one.</summary>
internal sealed class JsonLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-line";

    // A part of a message that has one of these names gets a _ behind it: a name that comes twice is refused by some readers.
    private static readonly string[] OwnNames = ["time", "level", "message", "event", "source", TraceId, "span_id", "exception"];

    private const string TraceId = "trace_id";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow().UtcDateTime);
            json.WriteString("level"u8, LogLevels.Show(logEntry.LogLevel));
            json.WriteString("message"u8, logEntry.Formatter(logEntry.State, logEntry.Exception));
            json.WriteNumber("event"u8, logEntry.EventId.Id);
            json.WriteString("source"u8, logEntry.Category);
            if (Activity.Current is { } activity)
            {
                json.WriteString(TraceId, activity.TraceId.ToHexString());
                json.WriteString("span_id"u8, activity.SpanId.ToHexString());
            }

            WriteParts(json, logEntry.State);
            if (logEntry.Exception is { } exception)
            {
                json.WriteString("exception"u8, exception.ToString());
            }

            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    private static void WriteParts<TState>(Utf8JsonWriter json, TState state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> parts)
        {
            return;
        }

        foreach (var (name, value) in parts)
        {
            if (name == "{OriginalFormat}")
            {
                continue;
            }

            var field = JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
            // A message may name the trace it is about, or none.
            var isTrace = field == TraceId && Activity.Current is null;
            if (isTrace && value is null)
            {
                continue;
            }

            json.WritePropertyName(OwnNames.Contains(field) && !isTrace ? field + "_" : field);
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case int number: json.WriteNumberValue(number); break;
                case long number: json.WriteNumberValue(number); break;
                case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
                case bool truth: json.WriteBooleanValue(truth); break;
                default: json.WriteStringValue(value.ToString()); break;
            }
        }
    }
}
