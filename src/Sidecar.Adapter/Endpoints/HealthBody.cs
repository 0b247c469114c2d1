using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Endpoints;

/// Writes the verdict of one name as JSON after the draft of application/health+json, or as text. Never more than 2 KiB:
/// kubelet stops reading at 10 KiB and breaks the pipe. What is not well comes first, so that it is never what is left out.
internal static class HealthBody
{
    public const int MaxBytes = 2048;

    private const int MaxReasonChars = 160;
    // Room for what closes the body: the count of what was left out, and brackets.
    private const int Reserve = 64;
    // What an entry has around its name and reason.
    private const int EntryBytes = 160;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Json(HealthAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteString("status", Word(answer.IsUp));
        json.WriteString("name", answer.Name);
        json.WriteString("since", Show(answer.Since));
        if (answer.Groups.Length > 0)
        {
            json.WriteStartObject("groups");
            foreach (var group in answer.Groups.TakeWhile(_ => json.BytesPending + json.BytesCommitted < MaxBytes / 2))
                json.WriteString(group.Name, Word(group.IsUp));
            json.WriteEndObject();
        }
        var left = WriteChecks(json, answer);
        if (left > 0)
            json.WriteNumber("omitted", left);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    public static ReadOnlyMemory<byte> Text(HealthAnswer answer)
    {
        var text = new StringBuilder($"{answer.Name}: {Word(answer.IsUp)} since {Show(answer.Since)}\n");
        var bytes = text.Length;
        foreach (var probe in Sorted(answer))
        {
            var line = $"{probe.Name}: {Word(probe.Belief)}, {Short(probe.Reason)}\n";
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

    // Returns how many had no room.
    private static int WriteChecks(Utf8JsonWriter json, HealthAnswer answer)
    {
        json.WriteStartObject("checks");
        var left = answer.Probes.Length;
        foreach (var probe in Sorted(answer))
        {
            var reason = JsonEncodedText.Encode(Short(probe.Reason), Options.Encoder);
            var size = reason.EncodedUtf8Bytes.Length + probe.Name.Length + EntryBytes;
            if (json.BytesPending + json.BytesCommitted + size > MaxBytes - Reserve)
                break;

            left--;
            json.WriteStartArray(probe.Name);
            json.WriteStartObject();
            json.WriteString("status", Word(probe.Belief));
            json.WriteString("since", Show(probe.Since));
            if (probe.AskedAt is { } asked)
                json.WriteString("time", Show(asked));
            json.WriteString("output", reason);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
        return left;
    }

    private static IEnumerable<ProbeState> Sorted(HealthAnswer answer) => answer.Probes.OrderBy(probe => probe.Belief == Belief.Up);

    private static string Short(string reason) => reason.Length <= MaxReasonChars ? reason : reason[..MaxReasonChars] + "...";

    private static string Show(DateTimeOffset moment) => moment.ToString("yyyy-MM-ddTHH:mm:ss.fffZ");

    private static string Word(bool isUp) => isUp ? "pass" : "fail";

    private static string Word(Belief belief) => belief switch
    {
        Belief.Up => "pass",
        Belief.Down => "fail",
        _ => "unknown",
    };
}
