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

    private static readonly FieldName[] First = [FieldName.Level, FieldName.Service, FieldName.RequestId, FieldName.TraceId];

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
        WriteTime(timestampMs);
        Raw("\""u8);
        foreach (var name in First)
        {
            if (!TryWriteNamed(name, fields, message) && service is not null && name == FieldName.Service)
                WriteField(new FieldList.Field(FieldName.Service, 0, 0, IsQuoted: false, service), message);
        }

        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name.Number == FieldName.CommonNames)
                WriteField(fields[i], message);
        }

        TryWriteNamed(FieldName.Message, fields, message);
        Raw("}"u8);
    }

    private bool TryWriteNamed(FieldName name, FieldList fields, ReadOnlySpan<byte> message)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name == name)
            {
                WriteField(fields[i], message);
                return true;
            }
        }

        return false;
    }

    private void WriteTime(long timestampMs)
    {
        var time = DateTime.UnixEpoch.AddMilliseconds(timestampMs);
        Digits(time.Year, 4);
        Raw("-"u8);
        Digits(time.Month, 2);
        Raw("-"u8);
        Digits(time.Day, 2);
        Raw("T"u8);
        Digits(time.Hour, 2);
        Raw(":"u8);
        Digits(time.Minute, 2);
        Raw(":"u8);
        Digits(time.Second, 2);
        Raw("."u8);
        Digits(time.Millisecond, 3);
        Raw("Z"u8);
    }

    private void Digits(int number, int count)
    {
        for (var at = _written + count - 1; at >= _written; at--, number /= 10)
            _into[at] = (byte)('0' + (number % 10));
        _written += count;
    }

    /// At most.
    private static int LengthOf(FieldList fields, ReadOnlySpan<byte> message)
    {
        var length = 2 + "\"timestamp\":\"\",\"service\":\"\","u8.Length + TimeLength;
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            length += field.Name.Start.Length + "\"\""u8.Length;
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
        Raw(field.Name.Start);
        var text = field.Value is { } value ? Encoding.UTF8.GetBytes(value) : message.Slice(field.Start, field.Length);
        if (field.Name.IsNumber && IsNumber(text))
        {
            Raw(text);
            return;
        }

        Raw("\""u8);
        Escape(text, field.IsQuoted);
        Raw("\""u8);
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        const int Longest = 15;
        return text.Length is > 0 and <= Longest && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && (text.Length == 1 || text[0] != '0');
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
