namespace Sidecar.Hosting.Resp;

/// Splits a plain line into arguments as Redis does: blanks separate, quotes hold together, escapes in double quotes only.
public static class InlineRequest
{
    /// The reply to a line whose quotes do not close, before the connection is closed.
    public static ReadOnlySpan<byte> UnbalancedQuotes => "-ERR Protocol error: unbalanced quotes in request\r\n"u8;

    /// False when the quotes do not balance. No arguments at all is no fault: Redis ignores an empty line.
    public static bool TrySplit(ReadOnlySpan<byte> line, List<byte[]> arguments)
    {
        int position = 0;
        var word = new List<byte>();
        while (true)
        {
            while (position < line.Length && IsBlank(line[position]))
                position++;
            if (position >= line.Length || line[position] == 0)
                return true;
            word.Clear();
            if (!TryTakeWord(line, ref position, word))
                return false;
            arguments.Add([.. word]);
        }
    }

    private static bool TryTakeWord(ReadOnlySpan<byte> line, ref int position, List<byte> word)
    {
        while (position < line.Length && line[position] != 0 && !IsBlank(line[position]))
        {
            byte next = line[position++];
            if (next is not ((byte)'"' or (byte)'\''))
            {
                word.Add(next);
                continue;
            }
            bool isClosed = next == '"' ? TryTakeDoubleQuoted(line, ref position, word) : TryTakeSingleQuoted(line, ref position, word);
            // A closing quote ends the word: only a blank or the end may follow.
            return isClosed && (position >= line.Length || IsBlank(line[position]));
        }
        return true;
    }

    private static bool TryTakeDoubleQuoted(ReadOnlySpan<byte> line, ref int position, List<byte> word)
    {
        while (position < line.Length)
        {
            byte next = line[position++];
            if (next == '"')
                return true;
            if (next != '\\' || position >= line.Length)
                word.Add(next);
            else if (line[position] == 'x' && position + 2 < line.Length && IsHex(line[position + 1]) && IsHex(line[position + 2]))
            {
                word.Add((byte)((FromHex(line[position + 1]) << 4) | FromHex(line[position + 2])));
                position += 3;
            }
            else
            {
                word.Add(Unescape(line[position++]));
            }
        }
        return false;
    }

    private static bool TryTakeSingleQuoted(ReadOnlySpan<byte> line, ref int position, List<byte> word)
    {
        while (position < line.Length)
        {
            byte next = line[position++];
            if (next == '\'')
                return true;
            if (next == '\\' && position < line.Length && line[position] == '\'')
                next = line[position++];
            word.Add(next);
        }
        return false;
    }

    private static byte Unescape(byte escaped) => escaped switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        (byte)'b' => (byte)'\b',
        (byte)'a' => (byte)'\a',
        _ => escaped,
    };

    private static bool IsBlank(byte value) => value is (byte)' ' or (>= 9 and <= 13);

    private static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);

    private static int FromHex(byte value) => value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10;
}
