using System.Buffers;
using System.Text;

namespace Sidecar.Logs.Events;

/// Tells from a line's first bytes whether applications begin an event so: with a time, a level, or a JSON object.
internal static class LineStart
{
    private const int MostPadding = 2;
    private const int ShortestLevel = 4;
    private const int LongestLevel = 9;

    /// How far into a line the time of an access log, or the level after a thread's name, is looked for.
    private const int Near = 80;

    private static readonly SearchValues<byte> AddressBytes = SearchValues.Create("0123456789."u8);

    /// Time, TwoLineHead, Level or Json for the first line of an event; else Indented or Loose.
    public static LineKind Of(ReadOnlySpan<byte> line)
    {
        var first = line[0];
        if (IsDigit(first))
            return LeadsWithNumbers(line) ? LineKind.Time : LineKind.Loose;
        return first switch
        {
            (byte)'{' => line.StartsWith("{\""u8) || line.StartsWith("{ \""u8) ? LineKind.Json : LineKind.Loose,
            (byte)' ' => OfPadded(line),
            (byte)'\t' => LineKind.Indented,
            (byte)'[' or (byte)'(' or (byte)'"' or (byte)'<' when line.Length > 1 => OfBracketed(line),
            _ => IsLetter(first) ? OfWord(line) : LineKind.Loose,
        };
    }

    private static LineKind OfBracketed(ReadOnlySpan<byte> line)
    {
        var inner = line[1..];
        if (IsDigit(inner[0]))
            return LeadsWithNumbers(inner) || IsPriority(line) ? LineKind.Time : LineKind.Loose;
        if (DayOrMonth(inner) is var named && named != LineKind.Loose)
            return named;
        if (LeadsWithLevel(inner))
            return LineKind.Level;

        // The thread before the level: [main] INFO
        var end = line[0] == '[' ? inner[..Math.Min(inner.Length, Near)].IndexOf("] "u8) : -1;
        return end > 0 && LeadsWithLevel(inner[(end + 2)..]) ? LineKind.Level : LineKind.Loose;
    }

    /// Levels are padded to one width, some on the left.
    private static LineKind OfPadded(ReadOnlySpan<byte> line)
    {
        var padding = line.IndexOfAnyExcept((byte)' ');
        return padding is > 0 and <= MostPadding && IsCapital(line[padding]) && LeadsWithLevel(line[padding..]) ? LineKind.Level : LineKind.Indented;
    }

    private static LineKind OfWord(ReadOnlySpan<byte> line)
    {
        if (IsCapital(line[0]))
            return LeadsWithLevel(line) ? LineKind.Level : IsLetterAndTime(line) ? LineKind.Time : DayOrMonth(line);

        // What logfmt lines begin with.
        if (line[0] == 't' && (line.StartsWith("time="u8) || line.StartsWith("ts="u8) || line.StartsWith("timestamp="u8) || line.StartsWith("t="u8)))
            return LineKind.Time;
        return LeadsWithLevel(line) || line.StartsWith("level="u8) || line.StartsWith("lvl="u8) ? LineKind.Level : LineKind.Loose;
    }

    /// The priority of a syslog message, as `&lt;134&gt;`.
    private static bool IsPriority(ReadOnlySpan<byte> line) =>
        line[0] == '<' && DigitsOf(line[1..]) is var digits and <= 3 && line.Length > digits + 1 && line[digits + 1] == '>';

    /// klog's `I0102 03:04:05` and Ruby's `I, [2026-01-02T03:04:05`.
    private static bool IsLetterAndTime(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12)
            return false;
        return line[1] == ',' ? line[2] == ' ' && line[3] == '[' && LeadsWithNumbers(line[4..]) : DigitsOf(line[1..]) == 4 && line[5] == ' ' && IsClock(line[6..]);
    }

    /// `Jan  2 03:04:05`, `Jan 02, 2026 3:04:05 AM`, `Fri Jan 02 03:04:05 2026`, `Fri, 02 Jan 2026 03:04:05`.
    private static LineKind DayOrMonth(ReadOnlySpan<byte> line)
    {
        if (line.Length < 12 || !IsCapital(line[0]))
            return LineKind.Loose;

        if (IsMonth(line) && line[3] == ' ')
        {
            var day = line[4..].TrimStart((byte)' ');
            var digits = DigitsOf(day);
            if (digits is not (1 or 2))
                return LineKind.Loose;
            var rest = day[digits..];
            if (rest.StartsWith(", "u8) && DigitsOf(rest[2..]) == 4)
                return LineKind.TwoLineHead;
            return rest.StartsWith(" "u8) && (IsClock(rest[1..]) || DigitsOf(rest[1..]) == 4) ? LineKind.Time : LineKind.Loose;
        }

        if (IsNameIn("MonTueWedThuFriSatSun"u8, line[..3]) && line[3] is (byte)' ' or (byte)',')
        {
            var date = line[3..].TrimStart(", "u8);
            if (!date.IsEmpty && (IsDigit(date[0]) ? LeadsWithNumbers(date) : IsMonth(date) && DayOrMonth(date) != LineKind.Loose))
                return LineKind.Time;
        }

        return LineKind.Loose;
    }

    private static bool LeadsWithNumbers(ReadOnlySpan<byte> line)
    {
        if (IsIso(line))
            return true;

        var digits = DigitsOf(line);
        var rest = line[digits..];
        return digits switch
        {
            // 2026-01-02T03:04, 2026/01/02 03:04
            4 => rest.Length > 11 && rest[0] is (byte)'-' or (byte)'/' or (byte)'.' && rest[3] == rest[0] && IsDigit(rest[1])
                && IsDigit(rest[4]) && !IsDigit(rest[6]) && IsHourAndMinute(rest[7..]),
            1 or 2 => IsClock(line) || IsDayFirst(rest) || IsAccessLog(line),
            3 => IsAccessLog(line),
            // 20260102 03:04:05, 20260102T030405
            8 => rest.Length > 5 && rest[0] is (byte)' ' or (byte)'T' or (byte)'-' or (byte)'_' && (IsClock(rest[1..]) || DigitsOf(rest[1..]) == 6),
            // Seconds or milliseconds since 1970
            10 or 13 => line[0] is (byte)'1' or (byte)'2' && rest.Length > 0 && rest[0] is (byte)' ' or (byte)'\t' or (byte)'.' or (byte)']' or (byte)':',
            _ => false,
        };
    }

    /// The most usual, `2026-01-02T03:04` or with a blank.
    private static bool IsIso(ReadOnlySpan<byte> line) => line.Length > 15 && line[4] == '-' && line[7] == '-' && line[13] == ':'
        && IsDigit(line[0]) && IsDigit(line[3]) && IsDigit(line[9]) && IsDigit(line[12]) && IsDigit(line[15]);

    /// What follows the day in `02/Jan/2026:03:04`, `02-Jan-2026 03:04`, `2 Jan 2026 03:04`, `02.01.2026 03:04`.
    private static bool IsDayFirst(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 13 || rest[0] is not ((byte)'/' or (byte)'-' or (byte)'.' or (byte)' '))
            return false;

        var month = rest[1..];
        var length = IsMonth(month) ? 3 : rest[0] == ' ' ? 0 : DigitsOf(month);
        if (length is 0 or > 3 || month[length] != rest[0])
            return false;

        var year = month[(length + 1)..];
        var digits = DigitsOf(year);
        return digits is 2 or 4 && digits < year.Length && year[digits] is (byte)' ' or (byte)':' or (byte)'T' or (byte)','
            && IsHourAndMinute(year[(digits + 1)..].TrimStart((byte)' '));
    }

    /// `10.0.0.1 - - [02/Jan/2026:03:04:05 +0000]`
    private static bool IsAccessLog(ReadOnlySpan<byte> line)
    {
        var address = line.IndexOfAnyExcept(AddressBytes);
        if (address < 7 || line[address] != ' ')
            return false;

        var bracket = line[..Math.Min(line.Length, Near)].IndexOf(" ["u8);
        return bracket > 0 && DigitsOf(line[(bracket + 2)..]) == 2 && IsDayFirst(line[(bracket + 4)..]);
    }

    /// `03:04:05`
    private static bool IsClock(ReadOnlySpan<byte> text) =>
        IsHourAndMinute(text) && text[(DigitsOf(text) + 3)..] is [(byte)':', var second, ..] && IsDigit(second);

    private static bool IsHourAndMinute(ReadOnlySpan<byte> text) =>
        DigitsOf(text) is var hour and (1 or 2) && text.Length > hour + 2 && text[hour] == ':' && IsDigit(text[hour + 1]) && IsDigit(text[hour + 2]);

    private static bool IsMonth(ReadOnlySpan<byte> text) => text.Length > 3 && IsNameIn("JanFebMarAprMayJunJulAugSepOctNovDec"u8, text[..3]);

    private static bool IsNameIn(ReadOnlySpan<byte> names, ReadOnlySpan<byte> name) => names.IndexOf(name) is var at and >= 0 && at % 3 == 0;

    /// A level as it leads a line: INFO whatever follows; info and FINE, which are words too, only as a label.
    private static bool LeadsWithLevel(ReadOnlySpan<byte> text)
    {
        var length = 0;
        while (length < text.Length && length <= LongestLevel && IsLetter(text[length]))
            length++;
        if (length is < ShortestLevel or > LongestLevel || IsCapital(text[0]) != IsCapital(text[length - 1]))
            return false;

        return (length < text.Length ? text[length] : (byte)' ') switch
        {
            (byte)':' or (byte)']' or (byte)'>' or (byte)'|' => IsLevel(text[..length]) || IsLabel(text[..length]),
            (byte)' ' or (byte)'\t' or (byte)',' or (byte)'[' or (byte)'-' or (byte)'/' => IsCapital(text[0]) && IsLevel(text[..length]),
            _ => false,
        };
    }

    private static bool IsLevel(ReadOnlySpan<byte> word) => word.Length switch
    {
        4 => Is(word, "INFO"u8) || Is(word, "WARN"u8),
        5 => Is(word, "ERROR"u8) || Is(word, "DEBUG"u8) || Is(word, "TRACE"u8) || Is(word, "FATAL"u8),
        6 => Is(word, "NOTICE"u8) || Is(word, "SEVERE"u8),
        7 => Is(word, "WARNING"u8),
        8 => Is(word, "CRITICAL"u8),
        _ => false,
    };

    private static bool IsLabel(ReadOnlySpan<byte> word) => word.Length switch
    {
        4 => Is(word, "FAIL"u8) || Is(word, "CRIT"u8) || Is(word, "DBUG"u8) || Is(word, "TRCE"u8) || Is(word, "FINE"u8),
        5 => Is(word, "FINER"u8) || Is(word, "ALERT"u8) || Is(word, "EMERG"u8) || (Is(word, "PANIC"u8) && IsCapital(word[0])),
        6 => Is(word, "FINEST"u8) || Is(word, "CONFIG"u8),
        7 => Is(word, "VERBOSE"u8),
        9 => Is(word, "EMERGENCY"u8),
        _ => false,
    };

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> level) => Ascii.EqualsIgnoreCase(word, level);

    private static int DigitsOf(ReadOnlySpan<byte> text)
    {
        var length = 0;
        while (length < text.Length && IsDigit(text[length]))
            length++;
        return length;
    }

    private static bool IsDigit(byte value) => (uint)(value - '0') < 10;

    private static bool IsLetter(byte value) => (uint)((value | 0x20) - 'a') < 26;

    private static bool IsCapital(byte value) => (uint)(value - 'A') < 26;
}
