namespace Sidecar.Logs.Shaping;

/// Finds the ids by which a request is followed, wherever a line names them: `trace_id=...`, `requestId: ...`, `X-Request-ID: ...`.
internal static class IdScan
{
    public const int TraceIdLength = 32;

    // Ids stand at the beginning of a line; a trace of a megabyte is not searched for more.
    private const int Head = 4096;
    private const int ShortestId = 6;

    /// The name of W3C's header.
    public static ReadOnlySpan<byte> Parent => "traceparent"u8;

    public static void Find(ReadOnlySpan<byte> message, FieldList fields)
    {
        var head = message[..Math.Min(message.Length, Head)];
        if (!fields.Has(FieldName.TraceId) && (TryFind(head, "race"u8, out var start, out var length) || TryParent(head, out start, out length)))
            fields.Add(FieldName.TraceId, start, length);
        if (!fields.Has(FieldName.RequestId) && (TryFind(head, "equest"u8, out start, out length) || TryFind(head, "req"u8, out start, out length)
            || TryFind(head, "orrelation"u8, out start, out length)))
        {
            fields.Add(FieldName.RequestId, start, length);
        }
    }

    /// 32 hexadecimal digits, as OpenTelemetry writes a trace's id.
    public static bool IsTraceId(ReadOnlySpan<byte> text)
    {
        if (text.Length != TraceIdLength)
            return false;
        foreach (var value in text)
        {
            if (!char.IsAsciiHexDigit((char)value))
                return false;
        }

        return true;
    }

    private static bool TryFind(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, out int start, out int length)
    {
        for (var at = 0; text[at..].IndexOf(name) is var next and >= 0;)
        {
            at += next + name.Length;
            start = at;
            if (start < text.Length && text[start] is (byte)'_' or (byte)'-' or (byte)'.' or (byte)' ')
                start++;
            if (start + 2 >= text.Length || (text[start] | 0x20) != 'i' || (text[start + 1] | 0x20) != 'd')
                continue;

            start += 2;
            if (TryValue(text, ref start, out length))
                return true;
        }

        start = length = 0;
        return false;
    }

    /// W3C's header: `traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    private static bool TryParent(ReadOnlySpan<byte> text, out int start, out int length)
    {
        length = TraceIdLength;
        start = text.IndexOf(Parent) is var name and >= 0 ? name + Parent.Length : -1;
        if (start < 0 || !TryValue(text, ref start, out var value) || !TryReadParent(text.Slice(start, value), out var id))
            return false;

        start += id;
        return true;
    }

    /// The header's value: where in it the trace id begins.
    public static bool TryReadParent(ReadOnlySpan<byte> value, out int start)
    {
        start = 3;
        return value.Length > TraceIdLength + start && IsTraceId(value.Slice(start, TraceIdLength));
    }

    private static bool TryValue(ReadOnlySpan<byte> text, ref int start, out int length)
    {
        length = 0;
        var from = start;
        while (start < text.Length && start < from + 4 && text[start] is (byte)'"' or (byte)'=' or (byte)':' or (byte)' ' or (byte)'[')
            start++;
        if (!text[from..start].ContainsAny((byte)'=', (byte)':'))
            return false;
        while (start + length < text.Length && (char.IsAsciiLetterOrDigit((char)text[start + length]) || text[start + length] is (byte)'-' or (byte)'_'))
            length++;
        return length >= ShortestId;
    }
}
