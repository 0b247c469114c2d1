using System.Buffers;
using System.Text;
using Sidecar.Logs.Events;

namespace Sidecar.Logs.Shaping;

/// Writes fields as one JSON object, the ones that everybody asks for first and the message last.
internal ref struct ObjectWriter
{
    private const int LongestEscape = 6;
    private const int TimeLength = 24;

    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private static readonly string[] First = ["level", "service", "request_id", "trace_id"];
    private static readonly string[] Numbers = ["status", "bytes"];

    private readonly Span<byte> _into;
    private int _written;

    private ObjectWriter(Span<byte> into) => _into = into;

    /// False when it would be longer than a message may be.
    public static bool TryWrite(
        FieldList fields, ReadOnlySpan<byte> message, long timestampMs, string? service, int maxLength, MessageRoom room, out ReadOnlyMemory<byte> written)
    {
        written = default;
        var length = LengthOf(fields, message) + (service?.Length ?? 0) * LongestEscape;
        if (length > maxLength)
            return false;

        var writer = new ObjectWriter(room.Reserve(length).Span);
        writer.Write(fields, message, timestampMs, service);
        written = room.Keep(writer._written);
        return true;
    }

    private void Write(FieldList fields, ReadOnlySpan<byte> message, long timestampMs, string? service)
    {
        Raw("{\"timestamp\":\""u8);
        DateTime.UnixEpoch.AddMilliseconds(timestampMs).TryFormat(_into[_written..], out var length, "yyyy-MM-ddTHH:mm:ss.fffZ", null);
        _written += length;
        Raw("\""u8);
        foreach (var name in First)
        {
            var isFound = false;
            foreach (var field in fields.All)
            {
                if (field.Name == name)
                {
                    WriteField(field, message);
                    isFound = true;
                }
            }

            if (!isFound && service is not null && name == "service")
                WriteField(new FieldList.Field("service", 0, 0, IsQuoted: false, service), message);
        }

        foreach (var field in fields.All)
        {
            if (Array.IndexOf(First, field.Name) < 0 && field.Name is not ("message" or "timestamp"))
                WriteField(field, message);
        }

        foreach (var field in fields.All)
        {
            if (field.Name == "message")
                WriteField(field, message);
        }

        Raw("}"u8);
    }

    /// At most.
    private static int LengthOf(FieldList fields, ReadOnlySpan<byte> message)
    {
        var length = 2 + "\"timestamp\":\"\",\"service\":\"\","u8.Length + TimeLength;
        foreach (var field in fields.All)
        {
            length += (field.Name.Length * LongestEscape) + "\"\":\"\","u8.Length;
            length += field.Value is { } value ? value.Length * LongestEscape : EscapedLength(message.Slice(field.Start, field.Length));
        }

        return length;
    }

    private static int EscapedLength(ReadOnlySpan<byte> text)
    {
        var length = text.Length;
        for (var next = text.IndexOfAny(Escaped); next >= 0; next = text.IndexOfAny(Escaped))
        {
            length += LongestEscape - 1;
            text = text[(next + 1)..];
        }

        return length;
    }

    private void WriteField(in FieldList.Field field, ReadOnlySpan<byte> message)
    {
        Raw(",\""u8);
        Escape(Encoding.UTF8.GetBytes(field.Name), isQuoted: false);
        Raw("\":"u8);
        var text = field.Value is { } value ? Encoding.UTF8.GetBytes(value) : message.Slice(field.Start, field.Length);
        if (IsNumber(field.Name, text))
        {
            Raw(text);
            return;
        }

        Raw("\""u8);
        Escape(text, field.IsQuoted);
        Raw("\""u8);
    }

    private static bool IsNumber(string name, ReadOnlySpan<byte> text)
    {
        const int Longest = 15;
        return Array.IndexOf(Numbers, name) >= 0 && text.Length is > 0 and <= Longest && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (text.Length == 1 || text[0] != '0');
    }

    private void Escape(ReadOnlySpan<byte> text, bool isQuoted)
    {
        for (var next = text.IndexOfAny(Escaped); next >= 0; next = text.IndexOfAny(Escaped))
        {
            Raw(text[..next]);
            // Quoted text mostly escapes as JSON does.
            if (isQuoted && text[next] == '\\' && next + 1 < text.Length && "\"\\/bfnrt"u8.Contains(text[next + 1]))
            {
                Raw(text.Slice(next, 2));
                text = text[(next + 2)..];
                continue;
            }

            EscapeOne(text[next]);
            text = text[(next + 1)..];
        }

        Raw(text);
    }

    private void EscapeOne(byte value)
    {
        _into[_written++] = (byte)'\\';
        switch (value)
        {
            case (byte)'"' or (byte)'\\':
                _into[_written++] = value;
                break;
            case (byte)'\n':
                _into[_written++] = (byte)'n';
                break;
            case (byte)'\r':
                _into[_written++] = (byte)'r';
                break;
            case (byte)'\t':
                _into[_written++] = (byte)'t';
                break;
            default:
                Raw("u00"u8);
                _into[_written++] = "0123456789abcdef"u8[value >> 4];
                _into[_written++] = "0123456789abcdef"u8[value & 0xF];
                break;
        }
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_into[_written..]);
        _written += bytes.Length;
    }
}
