namespace Sidecar.Logs.Events;

/// Finds the time that a line of an unknown format carries: at its beginning, behind what commonly stands there (a bracket, a
/// syslog priority, a level), in the brackets of an access log, or in a field of a JSON object.
internal static class LineTime
{
    // The host, the identity and the user of an access log fit in, and a line of another kind is not searched to its end.
    private const int AccessLogHead = 256;
    private const int LongestPriority = 5;
    private const int LongestLevel = 9;

    // Further away from the time of reading, a bare number is more likely a number than a time.
    private const long BareNumberOldestMs = 30L * 24 * 60 * 60 * 1000;
    private const long BareNumberNewestMs = 2L * 60 * 1000;

    /// End is where in the line the time ends; readMs is the time of reading.
    public static bool TryFind(ReadOnlySpan<byte> line, long readMs, out StatedTime time, out int end)
    {
        time = default;
        end = 0;
        if (line.IsEmpty)
            return false;
        if (IsoTime.TryRead(line, out time, out end))
            return true;

        switch (line[0])
        {
            case (byte)'{':
                return TryField(line, isMetrics: false, out time, out end);
            case (byte)'[' or (byte)'(' or (byte)'"' or (byte)'\'':
                return TryText(line, 1, readMs, out time, out end);
            case (byte)'<':
                return TryPriority(line, readMs, out time, out end);
            case >= (byte)'0' and <= (byte)'9':
                return TryText(line, 0, readMs, out time, out end)
                    || TryRole(line, out time, out end) || TryAccessLog(line, out time, out end);
            case >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z':
                return TryText(line, 0, readMs, out time, out end)
                    || TryLevel(line, out time, out end) || TryAccessLog(line, out time, out end);
            case (byte)':':
                return TryAccessLog(line, out time, out end);
            default:
                return false;
        }
    }

    /// A time and nothing around it, as the value of a field is one.
    public static bool TryValue(ReadOnlySpan<byte> value, out StatedTime time)
    {
        if (IsoTime.TryRead(value, out time, out _))
            return true;
        if (value.IsEmpty)
            return false;
        if (!char.IsAsciiDigit((char)value[0]))
            return NamedMonthTime.TryWeekdayFirst(value, out time, out _) || NamedMonthTime.TryMonthFirst(value, out time, out _);
        return UnixTime.TryRead(value, out time, out var length)
            ? length == value.Length
            : NamedMonthTime.TryDayFirst(value, out time, out _);
    }

    private static bool TryText(ReadOnlySpan<byte> line, int from, long readMs, out StatedTime time, out int end)
    {
        var text = line[from..];
        time = default;
        end = 0;
        bool isFound;
        if (text.IsEmpty)
        {
            return false;
        }
        else if (char.IsAsciiDigit((char)text[0]))
        {
            isFound = (from > 0 && IsoTime.TryRead(text, out time, out end))
                || NamedMonthTime.TryDayFirst(text, out time, out end)
                || (UnixTime.TryRead(text, out time, out end)
                    && time.UnixMs >= readMs - BareNumberOldestMs && time.UnixMs <= readMs + BareNumberNewestMs)
                || TryTimeOfDay(text, out time, out end);
        }
        else
        {
            isFound = NamedMonthTime.TryMonthFirst(text, out time, out end) || NamedMonthTime.TryWeekdayFirst(text, out time, out end)
                || TryKlog(text, out time, out end);
        }

        end = isFound ? end + from : 0;
        return isFound;
    }

    /// `03:04:05.678 [main]`, which log4j 2 and logback write unless they are told otherwise. Without decimals it may be a duration.
    private static bool TryTimeOfDay(ReadOnlySpan<byte> text, out StatedTime time, out int end)
    {
        const int ShortestClock = 12;
        time = default;
        end = 0;
        if (!TimeText.TryClock(text, ref end, ref time) || !time.IsReal)
            return false;
        return end >= ShortestClock && end < text.Length && text[end] is (byte)' ' or (byte)']' or (byte)'\t';
    }

    /// A syslog priority in its angle brackets, then `Oct 11 22:14:15` or `1 2026-01-02T03:04:05Z`.
    private static bool TryPriority(ReadOnlySpan<byte> line, long readMs, out StatedTime time, out int end)
    {
        time = default;
        end = 0;
        var from = line[..Math.Min(line.Length, LongestPriority)].IndexOf((byte)'>') + 1;
        if (from < 3)
            return false;
        if (line[from..].StartsWith("1 "u8))
            from += 2;
        return TryText(line, from, readMs, out time, out end);
    }

    /// The process and role that Redis writes before its time: `1:M 02 Jan 2026 03:04:05.678 *`.
    private static bool TryRole(ReadOnlySpan<byte> line, out StatedTime time, out int end)
    {
        const int Longest = 10;
        time = default;
        end = 0;
        var head = line[..Math.Min(line.Length, Longest)];
        var blank = head.IndexOf((byte)' ');
        if (blank < 3 || head[blank - 2] != ':' || !NamedMonthTime.TryDayFirst(line[(blank + 1)..], out time, out end))
            return false;

        end += blank + 1;
        return true;
    }

    /// `INFO  [2026-01-02 03:04:05,678]`, `ERROR: 2026-01-02T03:04:05Z` and Ruby's `I, [2026-01-02T03:04:05.678 #1]`.
    private static bool TryLevel(ReadOnlySpan<byte> line, out StatedTime time, out int end)
    {
        time = default;
        end = 0;
        var at = 0;
        while (at < line.Length && at < LongestLevel && char.IsAsciiLetterUpper((char)line[at]))
            at++;
        if (at == 0)
            return false;

        var gapAt = at;
        while (at < line.Length && at < gapAt + 4 && line[at] is (byte)' ' or (byte)':' or (byte)',' or (byte)'[' or (byte)'-' or (byte)'|')
            at++;
        if (at == gapAt || !IsoTime.TryRead(line[at..], out time, out end))
            return false;

        end += at;
        return true;
    }

    /// The logs of Kubernetes and other Go programs: `I0102 03:04:05.678901       1 main.go:12]`.
    private static bool TryKlog(ReadOnlySpan<byte> text, out StatedTime time, out int end)
    {
        time = default;
        end = 0;
        var at = 6;
        if (text.Length < 14 || text[0] is not ((byte)'I' or (byte)'W' or (byte)'E' or (byte)'F') || text[5] != ' '
            || !TimeText.TryTwo(text, 1, out time.Month) || !TimeText.TryTwo(text, 3, out time.Day) || time.Month == 0
            || !TimeText.TryClock(text, ref at, ref time) || !time.IsReal)
        {
            return false;
        }

        end = at;
        return true;
    }

    /// `127.0.0.1 - frank [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1"`.
    private static bool TryAccessLog(ReadOnlySpan<byte> line, out StatedTime time, out int end)
    {
        time = default;
        end = 0;
        var bracket = line[..Math.Min(line.Length, AccessLogHead)].IndexOf(" ["u8);
        if (bracket < 0 || line.Length < bracket + 5 || line[bracket + 4] != '/'
            || !NamedMonthTime.TryDayFirst(line[(bracket + 2)..], out time, out end))
        {
            return false;
        }

        end += bracket + 2;
        return true;
    }

    private static bool TryField(ReadOnlySpan<byte> line, bool isMetrics, out StatedTime time, out int end)
    {
        time = default;
        var fields = new JsonFields(line);
        while (fields.TryNext())
        {
            // The time of CloudWatch's embedded metrics stands a level deeper.
            var isFound = IsTimeName(fields.Name)
                ? TryValue(fields.Text, out time)
                : !isMetrics && fields.Name.SequenceEqual("_aws"u8) && fields.Value[0] == '{'
                    && TryField(fields.Value, isMetrics: true, out time, out _);
            if (isFound)
            {
                end = fields.ValueEnd;
                return true;
            }
        }

        end = 0;
        return false;
    }

    private static bool IsTimeName(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => (name[0] is (byte)'t' && name[1] is (byte)'s') || name.SequenceEqual("@t"u8),
        4 => name.SequenceEqual("time"u8) || name.SequenceEqual("Time"u8),
        9 => name.SequenceEqual("timestamp"u8) || name.SequenceEqual("Timestamp"u8),
        10 => name.SequenceEqual("@timestamp"u8),
        _ => false,
    };
}
