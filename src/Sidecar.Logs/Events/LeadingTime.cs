namespace Sidecar.Logs.Events;

/// Reads the ISO-8601 time that leads a line: `2026-01-02T03:04:05.678Z`, with a blank for the T, a comma for the point, any
/// number of decimals or none, and Z, an offset or no zone; a bracket or quote may stand before it.
internal static class LeadingTime
{
    private const int ShortestLength = 19;

    public static bool TryRead(ReadOnlySpan<byte> line, TimeZoneInfo zone, out long timestampMs)
    {
        timestampMs = 0;
        if (line.Length > 0 && line[0] is (byte)'[' or (byte)'"' or (byte)'(')
            line = line[1..];
        if (line.Length < ShortestLength || line[4] != '-' || line[7] != '-' || line[10] is not ((byte)'T' or (byte)' ')
            || line[13] != ':' || line[16] != ':')
        {
            return false;
        }

        if (!TryNumber(line[..4], out var year) || !TryNumber(line[5..7], out var month) || !TryNumber(line[8..10], out var day)
            || !TryNumber(line[11..13], out var hour) || !TryNumber(line[14..16], out var minute)
            || !TryNumber(line[17..19], out var second))
        {
            return false;
        }

        if (year < 1970 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        // A leap second is the last one of its minute: there is no other number for it.
        var time = new DateTime(year, month, day, hour, minute, Math.Min(second, 59), DateTimeKind.Unspecified);
        var rest = line[ShortestLength..];
        var millisecond = ReadFraction(ref rest);
        var offset = TryOffset(rest, out var stated) ? stated : zone.GetUtcOffset(time);
        timestampMs = ((time.Ticks - DateTime.UnixEpoch.Ticks - offset.Ticks) / TimeSpan.TicksPerMillisecond) + millisecond;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            number = (number * 10) + (digit - '0');
        }

        return true;
    }

    private static int ReadFraction(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2 || rest[0] is not ((byte)'.' or (byte)',') || !char.IsAsciiDigit((char)rest[1]))
            return 0;

        var millisecond = 0;
        var unit = 100;
        var at = 1;
        for (; at < rest.Length && char.IsAsciiDigit((char)rest[at]); at++)
        {
            millisecond += unit * (rest[at] - '0');
            unit /= 10;
        }

        rest = rest[at..];
        return millisecond;
    }

    private static bool TryOffset(ReadOnlySpan<byte> rest, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (rest.IsEmpty)
            return false;
        if (rest[0] == 'Z')
            return true;

        // `2026-01-02 03:04:05 +0100` is a zone, `2026-01-02 03:04:05 -12 degrees` is not.
        var isApart = rest[0] == ' ' && rest.Length > 1;
        if (isApart)
            rest = rest[1..];
        if (rest.Length < 3 || rest[0] is not ((byte)'+' or (byte)'-') || !TryNumber(rest[1..3], out var hours) || hours > 14)
            return false;

        var afterHours = rest[3..];
        if (afterHours.Length > 0 && afterHours[0] == ':')
            afterHours = afterHours[1..];
        var minutes = 0;
        var hasMinutes = afterHours.Length >= 2 && TryNumber(afterHours[..2], out minutes) && minutes < 60;
        if (!hasMinutes && (isApart || (rest.Length > 3 && char.IsAsciiLetterOrDigit((char)rest[3]))))
            return false;

        offset = new TimeSpan(hours, hasMinutes ? minutes : 0, 0) * (rest[0] == '-' ? -1 : 1);
        return true;
    }
}
