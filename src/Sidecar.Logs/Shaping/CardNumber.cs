namespace Sidecar.Logs.Shaping;

/// Finds payment card numbers: 13 to 19 digits that begin with 2 to 6, in one run or in groups as they are embossed, and whose check
/// digit is right (Luhn). A decimal fraction is none.
internal static class CardNumber
{
    private const int Fewest = 13;
    private const int Most = 19;

    public static void FindAll(ReadOnlySpan<byte> text, List<(int Start, int Length)> found)
    {
        for (var at = 0; text[at..].IndexOfAnyInRange((byte)'0', (byte)'9') is var next and >= 0;)
        {
            at += next;
            var run = RunAt(text, at);
            var length = run switch
            {
                4 => GroupsAt(text, at),
                >= Fewest and <= Most when IsCard(text.Slice(at, run)) => run,
                _ => 0,
            };
            if (length > 0 && !IsFraction(text, at))
            {
                found.Add((at, length));
                run = length;
            }

            at += run;
        }
    }

    private static int RunAt(ReadOnlySpan<byte> text, int at)
    {
        var end = at;
        while (end < text.Length && end <= at + Most && char.IsAsciiDigit((char)text[end]))
            end++;
        // Of a run that is too long nothing is a card.
        return end <= at + Most ? end - at : text[at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') is var all and >= 0 ? all : text.Length - at;
    }

    private static bool IsFraction(ReadOnlySpan<byte> text, int at) =>
        at >= 2 && text[at - 1] == '.' && char.IsAsciiDigit((char)text[at - 2]);

    /// `4111 1111 1111 1111`, `3782-822463-10005`: the same separator throughout, four digits first.
    private static int GroupsAt(ReadOnlySpan<byte> text, int at)
    {
        var length = 0;
        var end = at + 4;
        if (end >= text.Length || text[end] is not ((byte)' ' or (byte)'-'))
            return 0;

        var separator = text[end];
        var digits = 4;
        while (end + 1 < text.Length && text[end] == separator && digits < Most)
        {
            var group = RunAt(text, end + 1);
            if (group is 0 or > 6)
                break;
            digits += group;
            end += 1 + group;
            if (digits is >= Fewest and <= Most && IsCard(text[at..end]))
                length = end - at;
            if (group is not (4 or 6))
                break;
        }

        return length;
    }

    private static bool IsCard(ReadOnlySpan<byte> text)
    {
        if (text[0] is < (byte)'2' or > (byte)'6')
            return false;

        var sum = 0;
        var isSecond = false;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            var digit = text[i] - '0';
            if ((uint)digit > 9)
                continue;
            if (isSecond)
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
            isSecond = !isSecond;
        }

        return sum % 10 == 0;
    }
}
