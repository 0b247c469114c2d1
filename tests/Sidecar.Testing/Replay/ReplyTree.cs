using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Sidecar.Testing.Replay;

/// A reply as a tree, for what has to be looked into. Texts are Latin-1, so that every byte survives. Written to be compared with,
/// so it shares no code with the product.
internal sealed record ReplyTree(char Kind, string Text, IReadOnlyList<ReplyTree> Items)
{
    public bool IsAggregate => Kind is '*' or '~' or '>' or '%';

    public bool IsError => Kind is '-' or '!';

    public static ReplyTree Parse(ReadOnlySpan<byte> frame)
    {
        int position = 0;
        return ParseAt(frame, ref position);
    }

    /// The length of the first reply, or 0 when its end is not there yet.
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        for (long left = 1; left > 0; left--)
        {
            if (!TryTakeLine(bytes, ref position, out char kind, out var line))
                return 0;
            long count = kind is '+' or '-' or ':' or '_' or ',' or '#' or '(' ? 0 : NumberOf(line);
            if (kind is '$' or '=' or '!')
                position += count < 0 ? 0 : checked((int)count + 2);
            else
                left += Math.Max(count, 0) * (kind is '%' or '|' ? 2 : 1) + (kind == '|' ? 1 : 0);
            if (position > bytes.Length)
                return 0;
        }
        return position;
    }

    public override string ToString() =>
        IsAggregate ? string.Create(CultureInfo.InvariantCulture, $"{Kind}{Items.Count}[{string.Join(", ", Items)}]") : Kind + Text;

    private static ReplyTree ParseAt(ReadOnlySpan<byte> bytes, ref int position)
    {
        _ = TryTakeLine(bytes, ref position, out char kind, out var line);
        switch (kind)
        {
            case '+' or '-' or ':' or '_' or ',' or '#' or '(':
                return new ReplyTree(kind, Encoding.Latin1.GetString(line), []);
            case '$' or '=' or '!':
                int length = (int)NumberOf(line);
                if (length < 0)
                    return new ReplyTree('_', "$-1", []);
                position += length + 2;
                return new ReplyTree(kind, Encoding.Latin1.GetString(bytes.Slice(position - length - 2, length)), []);
            default:
                long count = NumberOf(line) * (kind is '%' or '|' ? 2 : 1);
                if (count < 0)
                    return new ReplyTree('_', "*-1", []);
                var items = new ReplyTree[count];
                for (int i = 0; i < items.Length; i++)
                    items[i] = ParseAt(bytes, ref position);
                return kind == '|' ? new ReplyTree('*', "", [.. items, ParseAt(bytes, ref position)]) : new ReplyTree(kind, "", items);
        }
    }

    private static bool TryTakeLine(ReadOnlySpan<byte> bytes, ref int position, out char kind, out ReadOnlySpan<byte> line)
    {
        kind = '\0';
        line = default;
        if (position >= bytes.Length)
            return false;
        kind = (char)bytes[position];
        if (!"+-:_,#($=!*~>%|".Contains(kind, StringComparison.Ordinal))
            throw new InvalidDataException($"no reply begins with {(int)kind:x2}");
        int end = bytes[position..].IndexOf("\r\n"u8);
        if (end < 0)
            return false;
        line = bytes.Slice(position + 1, end - 1);
        position += end + 2;
        return true;
    }

    private static long NumberOf(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line, out long number, out int used) && used == line.Length
            ? number
            : throw new InvalidDataException($"'{Encoding.Latin1.GetString(line)}' is no length");
}
