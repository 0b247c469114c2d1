namespace Sidecar.Logs.Shaping;

/// Syslog as RFC 3164 and RFC 5424 have it, with its priority or, as files mostly hold it, without.
internal static class SyslogLine
{
    private const int HighestPriority = 191;
    private static readonly FieldName[] Tokens = [FieldName.Service, FieldName.Pid, FieldName.MessageId];

    /// TimeEnd is where the time ends that was found in the message, or 0.
    public static bool TryRead(ReadOnlySpan<byte> message, int timeEnd, FieldList fields)
    {
        var reader = new LineReader(message, 0);
        var isModern = false;
        if (TryPriority(ref reader, out var priority))
        {
            fields.AddValue(FieldName.Level, LevelName.OfSeverity(priority & 7));
            isModern = reader.TrySkip("1 "u8);
        }

        if (timeEnd == 0 && !(isModern && reader.TrySkip("- "u8)))
            return false;
        if (timeEnd > 0)
            reader.At = timeEnd;
        reader.SkipBlanks();
        var (host, hostLength) = reader.Word();
        if (hostLength == 0 || message.Slice(host, hostLength).Contains((byte)'\n'))
            return false;

        fields.Add(FieldName.Host, host, hostLength);
        reader.SkipBlanks();
        return isModern ? TryModern(ref reader, message.Length, fields) : TryClassic(ref reader, message, fields);
    }

    private static bool TryPriority(ref LineReader reader, out int priority)
    {
        priority = 0;
        if (reader.Next != '<' || !reader.TryBracket((byte)'>', out var start, out var length) || length is 0 or > 3)
            return false;

        foreach (var digit in reader.Slice(start, length))
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            priority = (priority * 10) + (digit - '0');
        }

        return priority <= HighestPriority;
    }

    /// `app[12]: text`
    private static bool TryClassic(ref LineReader reader, ReadOnlySpan<byte> message, FieldList fields)
    {
        const int LongestTag = 64;
        var rest = reader.Rest;
        var tag = rest[..Math.Min(rest.Length, LongestTag)];
        var end = tag.IndexOfAny((byte)'[', (byte)':', (byte)' ');
        if (end <= 0 || tag[end] == ' ')
        {
            fields.AddMessage(reader.At, message.Length);
            return true;
        }

        fields.Add(FieldName.Service, reader.At, end);
        reader.At += end;
        if (reader.Next == '[' && reader.TryBracket((byte)']', out var pid, out var length))
            fields.Add(FieldName.Pid, pid, length);
        reader.TrySkip(":"u8);
        reader.SkipBlanks();
        fields.AddMessage(reader.At, message.Length);
        return true;
    }

    /// `app 12 ID47 [a@1 b="c"] text`, where a dash stands for what is not known.
    private static bool TryModern(ref LineReader reader, int end, FieldList fields)
    {
        foreach (var name in Tokens)
        {
            var (start, length) = reader.Word();
            if (length == 0)
                return false;
            if (length > 1 || reader.Slice(start, 1)[0] != '-')
                fields.Add(name, start, length);
            reader.SkipBlanks();
        }

        if (!reader.TrySkip("-"u8))
        {
            while (reader.Next == '[' && reader.TryBracket((byte)']', out _, out _))
            {
            }
        }

        reader.SkipBlanks();
        // The byte-order mark that says that it is UTF-8.
        reader.TrySkip("\uFEFF"u8);
        fields.AddMessage(reader.At, end);
        return true;
    }
}
