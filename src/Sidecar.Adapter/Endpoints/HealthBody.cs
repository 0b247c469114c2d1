using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Endpoints;

/// Writes the verdict of one name in one of the dialects. Never more than 2 KiB: kubelet stops reading at 10 KiB and breaks
/// the pipe. What is not well comes first, so that it is never what is left out.
internal static class HealthBody
{
    public const int MaxBytes = 2048;

    private const int MaxReasonChars = 160;
    // Room for what closes the body: the count of what was left out, and brackets.
    private const int Reserve = 64;
    // What an entry has around its name and reason.
    private const int EntryBytes = 210;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Of(HealthAnswer answer, HealthFormat format)
    {
        if (format == HealthFormat.Text)
            return Text(answer);

        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteString("status", Word(answer.Level, format));
        var left = format switch
        {
            HealthFormat.MicroProfile => WriteMicroProfile(json, answer),
            HealthFormat.Spring => WriteSpring(json, answer),
            _ => WriteOwn(json, answer, format),
        };
        if (left > 0)
            json.WriteNumber("omitted", left);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static byte[] Text(HealthAnswer answer)
    {
        var text = new StringBuilder($"{answer.Name}: {Word(answer.Level, HealthFormat.Text)} since {Show(answer.Since)}\n");
        if (answer.MaintainedSince is { } maintained)
            text.Append($"maintenance since {Show(maintained)}\n");
        var bytes = text.Length;
        foreach (var probe in Sorted(answer))
        {
            var line = $"{probe.Name}: {Word(probe.Level, HealthFormat.Text)}, {Short(probe.Reason)}{(probe.TraceId is { } trace ? $", trace_id={trace}" : "")}\n";
            bytes += Encoding.UTF8.GetByteCount(line);
            if (bytes > MaxBytes - Reserve)
            {
                text.Append("... and more\n");
                break;
            }
            text.Append(line);
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // The draft's health+json has lists of checks with output; plain json says the same in our own words.
    private static int WriteOwn(Utf8JsonWriter json, HealthAnswer answer, HealthFormat format)
    {
        json.WriteString("name", answer.Name);
        json.WriteString("since", Show(answer.Since));
        if (answer.MaintainedSince is { } maintained)
            json.WriteString("maintenance_since", Show(maintained));
        if (answer.Groups.Length > 0)
        {
            json.WriteStartObject("groups");
            foreach (var group in answer.Groups.TakeWhile(_ => json.BytesPending + json.BytesCommitted < MaxBytes / 2))
                json.WriteString(group.Name, Word(!group.IsUp ? GroupLevel.Down : group.IsDegraded ? GroupLevel.Degraded : GroupLevel.Up, format));
            json.WriteEndObject();
        }

        var isDraft = format == HealthFormat.HealthJson;
        json.WriteStartObject(isDraft ? "checks" : "probes");
        var left = WriteEach(json, answer, (probe, reason) =>
        {
            if (isDraft)
                json.WriteStartArray(probe.Name);
            else
                json.WritePropertyName(probe.Name);
            json.WriteStartObject();
            json.WriteString("status", Word(probe.Level, format));
            json.WriteString("since", Show(probe.Since));
            if (probe.AskedAt is { } asked)
                json.WriteString(isDraft ? "time" : "asked_at", Show(asked));
            json.WriteString(isDraft ? "output" : "reason", reason);
            WriteTrace(json, probe);
            json.WriteEndObject();
            if (isDraft)
                json.WriteEndArray();
        });
        json.WriteEndObject();
        return left;
    }

    private static int WriteMicroProfile(Utf8JsonWriter json, HealthAnswer answer)
    {
        json.WriteStartArray("checks");
        var left = WriteEach(json, answer, (probe, reason) =>
        {
            json.WriteStartObject();
            json.WriteString("name", probe.Name);
            json.WriteString("status", Word(probe.Level, HealthFormat.MicroProfile));
            json.WriteStartObject("data");
            json.WriteString("reason", reason);
            WriteTrace(json, probe);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        json.WriteEndArray();
        return left;
    }

    private static int WriteSpring(Utf8JsonWriter json, HealthAnswer answer)
    {
        json.WriteStartObject("components");
        var left = WriteEach(json, answer, (probe, reason) =>
        {
            json.WriteStartObject(probe.Name);
            json.WriteString("status", Word(probe.Level, HealthFormat.Spring));
            json.WriteStartObject("details");
            json.WriteString("reason", reason);
            WriteTrace(json, probe);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        json.WriteEndObject();
        return left;
    }

    private static void WriteTrace(Utf8JsonWriter json, ProbeState probe)
    {
        if (probe.TraceId is { } trace)
            json.WriteString("trace_id", trace);
    }

    // Returns how many had no room.
    private static int WriteEach(Utf8JsonWriter json, HealthAnswer answer, Action<ProbeState, JsonEncodedText> write)
    {
        var left = answer.Probes.Length;
        foreach (var probe in Sorted(answer))
        {
            // By way of bytes, which replaces what is no text: no reason may make the answer fail.
            var reason = JsonEncodedText.Encode(Encoding.UTF8.GetBytes(Short(probe.Reason)), Options.Encoder);
            var size = reason.EncodedUtf8Bytes.Length + probe.Name.Length + EntryBytes;
            if (json.BytesPending + json.BytesCommitted + size > MaxBytes - Reserve)
                break;

            left--;
            write(probe, reason);
        }
        return left;
    }

    private static IEnumerable<ProbeState> Sorted(HealthAnswer answer) => answer.Probes.OrderBy(probe => probe.Level);

    private static string Short(string reason) => Excerpt.Of(reason, MaxReasonChars);

    private static string Show(DateTimeOffset moment) => moment.ToString("yyyy-MM-ddTHH:mm:ss.fffZ");

    // MicroProfile has two words, and takes what it can't know for down; Spring has no word for degraded.
    private static string Word(GroupLevel level, HealthFormat format) => (format, level) switch
    {
        (HealthFormat.MicroProfile or HealthFormat.Spring, GroupLevel.Up or GroupLevel.Degraded) => "UP",
        (HealthFormat.Spring, GroupLevel.Unknown) => "UNKNOWN",
        (HealthFormat.MicroProfile or HealthFormat.Spring, _) => "DOWN",
        (HealthFormat.Json, GroupLevel.Up) => "up",
        (HealthFormat.Json, GroupLevel.Degraded) => "degraded",
        (HealthFormat.Json, GroupLevel.Down) => "down",
        (_, GroupLevel.Up) => "pass",
        (_, GroupLevel.Degraded) => "warn",
        (_, GroupLevel.Down) => "fail",
        _ => "unknown",
    };
}
