namespace Sidecar.Logs.Events;

/// Times that write the month as a word: those of syslog, Apache, nginx, Tomcat, PHP, Redis, java.util.logging and `date`.
internal static class NamedMonthTime
{
    private const int LongestGap = 3;

    /// `02 Jan 2026 03:04:05,678`, `02-Jan-2026 03:04:05.678` or `02/Jan/2026:03:04:05 +0000`.
    public static bool TryDayFirst(ReadOnlySpan<byte> text, out StatedTime time, out int length)
    {
        time = default;
        length = 0;
        var at = 0;
        if (!TimeText.TryDay(text, ref at, out time.Day) || at + 10 > text.Length)
            return false;

        var separator = text[at];
        if (separator is not ((byte)' ' or (byte)'-' or (byte)'/') || (time.Month = TimeText.Month(text[(at + 1)..])) == 0
            || text[at + 4] != separator || !TimeText.TryFour(text, at + 5, out time.Year) || time.Year == 0
            || text[at + 9] is not ((byte)' ' or (byte)':'))
        {
            return false;
        }

        at += 10;
        if (!TimeText.TryClock(text, ref at, ref time) || !time.IsReal)
            return false;

        TimeText.Offset(text, ref at, ref time);
        length = at;
        return true;
    }

    /// `Jan  2 03:04:05`, `Jan 02 2026 03:04:05` or `Jan 02, 2026 3:04:05 PM`.
    public static bool TryMonthFirst(ReadOnlySpan<byte> text, out StatedTime time, out int length)
    {
        time = default;
        length = 0;
        if ((time.Month = TimeText.Month(text)) == 0 || text.Length < 14 || text[3] != ' ')
            return false;

        var at = 4;
        if (!TimeText.TryDay(text, ref at, out time.Day))
            return false;
        if (at < text.Length && text[at] == ',')
            at++;
        if (at++ >= text.Length || text[at - 1] != ' ')
            return false;
        if (at + 4 < text.Length && text[at + 4] == ' ' && TimeText.TryFour(text, at, out var year) && year != 0)
        {
            time.Year = year;
            at += 5;
        }

        if (!TryClockOfTwelve(text, ref at, ref time) || !time.IsReal)
            return false;

        length = at;
        return true;
    }

    /// `Fri Jan  2 03:04:05.678 2026`, with a zone before the year or none, or `Fri, 02 Jan 2026 03:04:05 +0000`.
    public static bool TryWeekdayFirst(ReadOnlySpan<byte> text, out StatedTime time, out int length)
    {
        time = default;
        length = 0;
        if (!TimeText.IsWeekday(text) || text.Length < 6)
            return false;

        var from = text[3] == ',' ? 5 : 4;
        if (text[from - 1] != ' ')
            return false;
        if (TryDayFirst(text[from..], out time, out length))
        {
            length += from;
            return true;
        }

        if (!TryMonthFirst(text[from..], out time, out length))
            return false;

        var at = from + length;
        TimeText.Offset(text, ref at, ref time);
        if (time.Year == 0 && at < text.Length && text[at] == ' ' && TimeText.TryFour(text, at + 1, out var year) && year != 0)
        {
            time.Year = year;
            at += 5;
        }

        length = at;
        return time.IsReal;
    }

    private static bool TryClockOfTwelve(ReadOnlySpan<byte> text, ref int at, ref StatedTime time)
    {
        if (TimeText.TryClock(text, ref at, ref time))
            return ReadHalf(text, ref at, ref time);
        if (text.Length - at < 7 || text[at + 1] != ':' || text[at + 4] != ':' || !char.IsAsciiDigit((char)text[at])
            || !TimeText.TryTwo(text, at + 2, out time.Minute) || !TimeText.TryTwo(text, at + 5, out time.Second))
        {
            return false;
        }

        time.Hour = text[at] - '0';
        at += 7;
        return ReadHalf(text, ref at, ref time);
    }

    /// Java puts a narrow no-break space before AM and PM.
    private static bool ReadHalf(ReadOnlySpan<byte> text, ref int at, ref StatedTime time)
    {
        var rest = text[at..];
        var half = rest.IndexOf((byte)'M');
        if (half is < 2 or > LongestGap + 1 || rest[half - 1] is not ((byte)'A' or (byte)'P') || rest[0] is not ((byte)' ' or 0xE2))
            return true;

        if (time.Hour is < 1 or > 12)
            return false;
        time.Hour = (time.Hour % 12) + (rest[half - 1] == 'P' ? 12 : 0);
        at += half + 1;
        return true;
    }
}
