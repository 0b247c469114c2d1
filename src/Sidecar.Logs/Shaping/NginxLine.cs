namespace Sidecar.Logs.Shaping;

/// The access log of nginx and Apache, common or combined, and nginx's error log. An answer of 500 and more is an error, one of 400
/// and more a warning.
internal static class NginxLine
{
    private static readonly FieldName[] Quoted = [FieldName.Referer, FieldName.UserAgent, FieldName.ForwardedFor];

    /// TimeEnd is where the time ends that was found in the message, or 0.
    public static bool TryRead(ReadOnlySpan<byte> message, int timeEnd, FieldList fields)
    {
        if (timeEnd == 0)
            return false;

        var reader = new LineReader(message, timeEnd);
        if (reader.Next == ']')
            return TryAccess(message, ref reader, fields);
        reader.SkipBlanks();
        return reader.Next == '[' && TryError(message, ref reader, fields);
    }

    /// `127.0.0.1 - frank [...] "GET / HTTP/1.1" 200 12 "referer" "agent"`
    private static bool TryAccess(ReadOnlySpan<byte> message, ref LineReader reader, FieldList fields)
    {
        var head = new LineReader(message, 0);
        var (client, clientLength) = head.Word();
        head.SkipBlanks();
        head.Word();
        head.SkipBlanks();
        var (user, userLength) = head.Word();
        reader.At++;
        reader.SkipBlanks();
        if (reader.Next != '"' || !reader.TryQuoted(out var request, out var requestLength))
            return false;

        reader.SkipBlanks();
        var (status, statusLength) = reader.Word();
        if (statusLength != 3 || !char.IsAsciiDigit((char)message[status]))
            return false;

        fields.AddValue(FieldName.Level, message[status] switch { (byte)'5' => "ERROR", (byte)'4' => "WARN", _ => "INFO" });
        fields.Add(FieldName.Client, client, clientLength);
        AddKnown(fields, FieldName.User, message, user, userLength);
        AddRequest(fields, message, request, requestLength);
        fields.Add(FieldName.Status, status, statusLength);
        reader.SkipBlanks();
        var (bytes, bytesLength) = reader.Word();
        AddKnown(fields, FieldName.Bytes, message, bytes, bytesLength);
        foreach (var name in Quoted)
        {
            reader.SkipBlanks();
            if (reader.Next != '"' || !reader.TryQuoted(out var start, out var length))
                break;
            AddKnown(fields, name, message, start, length);
        }

        fields.AddMessage(0, message.Length);
        return true;
    }

    private static void AddRequest(FieldList fields, ReadOnlySpan<byte> message, int start, int length)
    {
        var request = message.Slice(start, length);
        var first = request.IndexOf((byte)' ');
        var last = request.LastIndexOf((byte)' ');
        if (first <= 0)
            return;

        fields.Add(FieldName.Method, start, first);
        fields.Add(FieldName.Path, start + first + 1, (last > first ? last : length) - first - 1);
    }

    /// `[error] 12#0: *1 text, client: 10.0.0.1, server: _, request: "GET / HTTP/1.1"`
    private static bool TryError(ReadOnlySpan<byte> message, ref LineReader reader, FieldList fields)
    {
        reader.TryBracket((byte)']', out var start, out var length);
        if (length < 0 || LevelName.Of(message.Slice(start, length)) is not { } level)
            return false;

        fields.AddValue(FieldName.Level, level);
        reader.SkipBlanks();
        var rest = reader.Rest;
        if (rest.IndexOf((byte)'#') is var hash and > 0 && !rest[..hash].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && rest.IndexOf(": "u8) is var colon and > 0)
        {
            fields.Add(FieldName.Pid, reader.At, hash);
            reader.At += colon + 2;
        }

        var end = reader.Rest.IndexOf(", client: "u8);
        if (end > 0)
        {
            var client = reader.At + end + ", client: ".Length;
            var clientEnd = message[client..].IndexOf((byte)',');
            fields.Add(FieldName.Client, client, clientEnd < 0 ? message.Length - client : clientEnd);
        }

        fields.AddMessage(reader.At, message.Length);
        return true;
    }

    private static void AddKnown(FieldList fields, FieldName name, ReadOnlySpan<byte> message, int start, int length)
    {
        if (length > 1 || (length == 1 && message[start] != '-'))
            fields.Add(name, start, length);
    }
}
