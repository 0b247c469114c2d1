namespace Sidecar.Logs.Shaping;

/// `level=info msg="a b" trace_id=...`: every pair becomes a field, the known ones under their common names.
internal static class LogfmtLine
{
    private const int MostFields = 64;

    public static bool TryRead(ReadOnlySpan<byte> message, FieldList fields)
    {
        var reader = new LineReader(message, 0);
        var hasMessage = false;
        for (var pairs = 0; !reader.IsAtEnd; pairs++)
        {
            reader.SkipBlanks();
            var key = reader.At;
            var keyLength = reader.Rest.IndexOfAny((byte)'=', (byte)' ', (byte)'"');
            // Every word is a pair, or it is another format.
            if (keyLength <= 0 || pairs == MostFields || reader.Rest[keyLength] != '=')
                return false;

            reader.At = key + keyLength + 1;
            if (!TryValue(ref reader, out var start, out var length))
                return false;
            hasMessage |= Add(fields, message, message.Slice(key, keyLength), start, length);
        }

        if (!hasMessage)
            fields.AddMessage(0, message.Length);
        return fields.Count > 1;
    }

    private static bool TryValue(ref LineReader reader, out int start, out int length)
    {
        if (reader.Next == '"')
            return reader.TryQuoted(out start, out length);

        (start, length) = reader.Word();
        return true;
    }

    private static bool Add(FieldList fields, ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, int start, int length)
    {
        var isQuoted = start > 0 && message[start - 1] == '"';
        var name = CommonName.Of(key) ?? fields.NameOf(key);
        // The event's own time is written in any case.
        if (name == FieldName.Timestamp)
            return false;
        if (name == FieldName.Level && LevelName.Of(message.Slice(start, length)) is { } level)
            fields.AddValue(FieldName.Level, level);
        else
            fields.AddQuoted(name, start, length, isQuoted);
        return name == FieldName.Message && length > 0;
    }
}
