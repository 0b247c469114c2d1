using System.Text;

namespace Sidecar.Hosting.Resp;

/// One reply as a tree, for the few replies that are read rather than passed on: those of Sentinel, ROLE, PING.
public sealed class RespValue
{
    private const int MaxDepth = 32;

    private RespValue(char kind, string? text, RespValue[]? items)
    {
        Kind = kind;
        Text = text;
        Items = items ?? [];
        IsNull = kind == '_' || (text is null && items is null);
    }

    /// The type byte: '+', '-', ':', '$', '*', ...
    public char Kind { get; }

    public bool IsNull { get; }

    public bool IsError => Kind is '-' or '!';

    /// What a string, number or error says; null for an aggregate and for null.
    public string? Text { get; }

    /// The elements of an aggregate; keys and values in turn for a map.
    public IReadOnlyList<RespValue> Items { get; }

    /// Reads one complete reply; false when it is incomplete, malformed, or nested deeper than any reply of Redis is.
    public static bool TryParse(ReadOnlySpan<byte> frame, out RespValue? value)
    {
        int position = 0;
        return TryParse(frame, ref position, MaxDepth, out value) && position == frame.Length;
    }

    public override string ToString() => IsNull ? "(null)" : Text ?? string.Join(' ', Items);

    private static bool TryParse(ReadOnlySpan<byte> frame, ref int position, int depth, out RespValue? value)
    {
        value = null;
        int end = frame[position..].IndexOf((byte)'\r');
        if (end <= 0 || depth == 0 || position + end + 1 >= frame.Length || frame[position + end + 1] != '\n')
            return false;
        char kind = (char)frame[position];
        var line = frame.Slice(position + 1, end - 1);
        position += end + 2;
        switch (kind)
        {
            case '+' or '-' or ':' or ',' or '#' or '(':
                value = new RespValue(kind, Encoding.UTF8.GetString(line), null);
                return true;
            case '_':
                value = new RespValue(kind, null, null);
                return true;
            case '$' or '=' or '!':
                return TryParseBlob(frame, ref position, kind, line, out value);
            case '*' or '~' or '>' or '%' or '|':
                return TryParseItems(frame, ref position, kind, line, depth, out value);
            default:
                return false;
        }
    }

    private static bool TryParseBlob(ReadOnlySpan<byte> frame, ref int position, char kind, ReadOnlySpan<byte> line, out RespValue? value)
    {
        value = null;
        if (!TryParseNumber(line, out long length) || length < -1)
            return false;
        if (length == -1)
        {
            value = new RespValue(kind, null, null);
            return kind == '$';
        }
        if (length > frame.Length - position - 2 || !frame.Slice(position + (int)length, 2).SequenceEqual("\r\n"u8))
            return false;
        value = new RespValue(kind, Encoding.UTF8.GetString(frame.Slice(position, (int)length)), null);
        position += (int)length + 2;
        return true;
    }

    private static bool TryParseItems(
        ReadOnlySpan<byte> frame, ref int position, char kind, ReadOnlySpan<byte> line, int depth, out RespValue? value)
    {
        value = null;
        if (!TryParseNumber(line, out long count) || count < -1)
            return false;
        if (count == -1)
        {
            value = new RespValue(kind, null, null);
            return kind == '*';
        }
        // The shortest element has three bytes: a count that the frame can't hold must not make us allocate for it.
        if (kind is '%' or '|')
            count = count > long.MaxValue / 2 ? long.MaxValue : count * 2;
        if (count > (frame.Length - position) / 3)
            return false;

        var items = new RespValue[count];
        for (int i = 0; i < items.Length; i++)
        {
            if (!TryParse(frame, ref position, depth - 1, out var item))
                return false;
            items[i] = item!;
        }
        if (kind == '|')
            return TryParse(frame, ref position, depth - 1, out value);
        value = new RespValue(kind, null, items);
        return true;
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> line, out long value)
    {
        var number = default(RespNumber);
        foreach (byte next in line)
            number.Take(next);
        return number.TryGet(out value);
    }
}
