namespace Sidecar.Logs.Events;

/// The parts that times in text are made of. Nothing here throws, whatever the text is.
internal static class TimeText
{
    public static bool TryTwo(ReadOnlySpan<byte> text, int at, out int number)
    {
        number = 0;
        if ((uint)at + 1 >= (uint)text.Length)
            return false;

        var tens = (uint)(text[at] - '0');
        var ones = (uint)(text[at + 1] - '0');
        number = (int)((tens * 10) + ones);
        return tens <= 9 && ones <= 9;
    }

    public static bool TryFour(ReadOnlySpan<byte> text, int at, out int number)
    {
        number = 0;
        if (!TryTwo(text, at, out var first) || !TryTwo(text, at + 2, out var second))
            return false;

        number = (first * 100) + second;
        return true;
    }

    /// `hh:mm:ss`, with decimals or without; at is moved behind it.
    public static bool TryClock(ReadOnlySpan<byte> text, ref int at, ref StatedTime time)
    {
        const int Length = 8;
        if (text.Length - at < Length || text[at + 2] != ':' || text[at + 5] != ':'
            || !TryTwo(text, at, out time.Hour) || !TryTwo(text, at + 3, out time.Minute) || !TryTwo(text, at + 6, out time.Second))
        {
            return false;
        }

        at += Length;
        time.Millisecond = Fraction(text, ref at);
        return true;
    }

    /// One or two digits; a blank may stand for the first of two.
    public static bool TryDay(ReadOnlySpan<byte> text, ref int at, out int day)
    {
        day = 0;
        if (at < text.Length && text[at] == ' ')
            at++;
        var from = at;
        for (; at < text.Length && at < from + 2 && char.IsAsciiDigit((char)text[at]); at++)
            day = (day * 10) + (text[at] - '0');
        return at > from;
    }

    /// The milliseconds after a point or a comma; 0 when there are none. Further decimals are skipped.
    public static int Fraction(ReadOnlySpan<byte> text, ref int at)
    {
        if (at + 1 >= text.Length || text[at] is not ((byte)'.' or (byte)',') || !char.IsAsciiDigit((char)text[at + 1]))
            return 0;

        var millisecond = 0;
        var unit = 100;
        for (at++; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
        {
            millisecond += unit * (text[at] - '0');
            unit /= 10;
        }

        return millisecond;
    }

    /// The zone behind a time, if one is stated: `Z`, `+01`, `+0100`, `+01:00`, and after a blank `+0100`, `UTC` or `GMT`.
    public static void Offset(ReadOnlySpan<byte> text, ref int at, ref StatedTime time)
    {
        var rest = text[Math.Min(at, text.Length)..];
        if (rest.IsEmpty)
            return;
        if (rest[0] is (byte)'Z' or (byte)'z')
        {
            time.HasOffset = true;
            at++;
            return;
        }

        // `2026-01-02 03:04:05 +0100` is a zone, `2026-01-02 03:04:05 -12 degrees` is not.
        var isApart = rest[0] == ' ' && rest.Length > 1;
        if (isApart)
            rest = rest[1..];
        if (isApart && (rest.StartsWith("UTC"u8) || rest.StartsWith("GMT"u8)) && (rest.Length == 3 || !char.IsAsciiLetterOrDigit((char)rest[3])))
        {
            time.HasOffset = true;
            at += 4;
            return;
        }

        if (rest[0] is not ((byte)'+' or (byte)'-') || !TryTwo(rest, 1, out var hours) || hours > 14)
            return;

        var minutesAt = rest.Length > 3 && rest[3] == ':' ? 4 : 3;
        var hasMinutes = TryTwo(rest, minutesAt, out var minutes) && minutes < 60;
        if (!hasMinutes && (isApart || (rest.Length > 3 && char.IsAsciiLetterOrDigit((char)rest[3]))))
            return;

        time.HasOffset = true;
        time.OffsetMinutes = ((hours * 60) + (hasMinutes ? minutes : 0)) * (rest[0] == '-' ? -1 : 1);
        at += (isApart ? 1 : 0) + (hasMinutes ? minutesAt + 2 : 3);
    }

    /// 1 to 12 for `Jan` to `Dec` in any case; 0 for anything else.
    public static int Month(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3)
            return 0;

        return (((text[0] | 0x20) << 16) | ((text[1] | 0x20) << 8) | (text[2] | 0x20)) switch
        {
            ('j' << 16) | ('a' << 8) | 'n' => 1,
            ('f' << 16) | ('e' << 8) | 'b' => 2,
            ('m' << 16) | ('a' << 8) | 'r' => 3,
            ('a' << 16) | ('p' << 8) | 'r' => 4,
            ('m' << 16) | ('a' << 8) | 'y' => 5,
            ('j' << 16) | ('u' << 8) | 'n' => 6,
            ('j' << 16) | ('u' << 8) | 'l' => 7,
            ('a' << 16) | ('u' << 8) | 'g' => 8,
            ('s' << 16) | ('e' << 8) | 'p' => 9,
            ('o' << 16) | ('c' << 8) | 't' => 10,
            ('n' << 16) | ('o' << 8) | 'v' => 11,
            ('d' << 16) | ('e' << 8) | 'c' => 12,
            _ => 0,
        };
    }

    public static bool IsWeekday(ReadOnlySpan<byte> text) =>
        text.Length >= 3 && (((text[0] | 0x20) << 16) | ((text[1] | 0x20) << 8) | (text[2] | 0x20)) is
            (('m' << 16) | ('o' << 8) | 'n') or (('t' << 16) | ('u' << 8) | 'e') or (('w' << 16) | ('e' << 8) | 'd')
            or (('t' << 16) | ('h' << 8) | 'u') or (('f' << 16) | ('r' << 8) | 'i') or (('s' << 16) | ('a' << 8) | 't')
            or (('s' << 16) | ('u' << 8) | 'n');
}
