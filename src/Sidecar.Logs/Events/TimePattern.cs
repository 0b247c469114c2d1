using System.Text;

namespace Sidecar.Logs.Events;

/// A time format of the user's, written as strftime writes it, since the CloudWatch agent and fluent-bit do so too. A blank
/// stands for one or more; what is no directive stands for itself.
internal sealed class TimePattern
{
    public const string Directives = "%Y %y %m %d %e %j %b %B %a %A %H %k %I %l %M %S %L %f %p %z %Z %s %Q %T %R %F %D %n %t %%";

    // How far into a line the time is searched for.
    private const int Head = 512;

    private readonly byte[] _steps;
    private readonly bool[] _isDirective;

    private TimePattern(string text, byte[] steps, bool[] isDirective)
    {
        Text = text;
        _steps = steps;
        _isDirective = isDirective;
    }

    public string Text { get; }

    /// Null when it is no format, and then why.
    public static TimePattern? TryParse(string text, out string fault)
    {
        fault = "";
        var steps = new List<byte>();
        var isDirective = new List<bool>();
        var bytes = Encoding.UTF8.GetBytes(text
            .Replace("%T", "%H:%M:%S").Replace("%R", "%H:%M").Replace("%F", "%Y-%m-%d").Replace("%D", "%m/%d/%y"));
        for (var i = 0; i < bytes.Length; i++)
        {
            var isLiteral = bytes[i] != '%';
            if (!isLiteral && ++i == bytes.Length)
            {
                fault = "a letter is missing after the last %";
                return null;
            }

            var step = bytes[i];
            if (!isLiteral && !"YymdejbBhaAHkIlMSLfNpzZsQnt%"u8.Contains(step))
            {
                fault = $"there is no %{(char)step}, only {Directives}";
                return null;
            }

            if (!isLiteral && step is (byte)'%' or (byte)'n' or (byte)'t')
            {
                isLiteral = true;
                step = step == '%' ? step : (byte)' ';
            }

            steps.Add(step);
            isDirective.Add(!isLiteral);
        }

        var pattern = new TimePattern(text, [.. steps], [.. isDirective]);
        fault = pattern.Missing();
        return fault.Length == 0 ? pattern : null;
    }

    /// Searches the beginning of a line. Place is where the last line had it, and is looked at first.
    public bool TryFind(ReadOnlySpan<byte> line, ref int place, out StatedTime time, out int end)
    {
        var head = Math.Min(line.Length, Head);
        if (place < head && TryRead(line, place, out time, out end))
            return true;

        for (var at = 0; at < head; at++)
        {
            at += NextStart(line[at..head]);
            if (at < head && TryRead(line, at, out time, out end) && time.IsReal)
            {
                place = at;
                return true;
            }

            // In the middle of a number no time begins.
            while (at + 1 < head && char.IsAsciiDigit((char)line[at]) && char.IsAsciiDigit((char)line[at + 1]))
                at++;
        }

        time = default;
        end = 0;
        return false;
    }

    public override string ToString() => Text;

    private string Missing()
    {
        if (Has("sQ"))
            return "";
        if (!Has("HkIl") || !Has("M"))
            return "the hour and the minute are missing (%H:%M), or %s";
        if (Has("Il") && !Has("p"))
            return "%I needs %p";
        if (Has("Yy") && !Has("mbBhj"))
            return "the month is missing (%m or %b)";
        return Has("mbBh") == Has("de") ? "" : "a month and its day go together (%m-%d)";
    }

    private bool Has(string letters)
    {
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_isDirective[i] && letters.Contains((char)_steps[i]))
                return true;
        }

        return false;
    }

    private int NextStart(ReadOnlySpan<byte> rest)
    {
        if (!_isDirective[0])
            return _steps[0] == ' ' ? 0 : rest.IndexOf(_steps[0]) is var found and >= 0 ? found : rest.Length;
        if (_steps[0] is (byte)'b' or (byte)'B' or (byte)'h' or (byte)'a' or (byte)'A' or (byte)'p' or (byte)'Z' or (byte)'z' or (byte)'e')
            return 0;
        return rest.IndexOfAnyInRange((byte)'0', (byte)'9') is var digit and >= 0 ? digit : rest.Length;
    }

    private bool TryRead(ReadOnlySpan<byte> line, int at, out StatedTime time, out int end)
    {
        var reading = new Reading();
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_isDirective[i] ? !reading.TryTake(_steps[i], line, ref at) : !TryLiteral(_steps[i], line, ref at))
            {
                time = default;
                end = 0;
                return false;
            }
        }

        end = at;
        return reading.TryFinish(out time);
    }

    private static bool TryLiteral(byte literal, ReadOnlySpan<byte> line, ref int at)
    {
        if (at >= line.Length)
            return false;
        if (literal != ' ')
            return line[at++] == literal;

        var from = at;
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
            at++;
        return at > from;
    }

    /// The fields as they are taken from a line, some of which only mean something together.
    private ref struct Reading
    {
        private StatedTime _time;
        private int _dayOfYear;
        private bool? _isAfternoon;

        public bool TryTake(byte directive, ReadOnlySpan<byte> line, ref int at)
        {
            switch ((char)directive)
            {
                case 'Y':
                    return TryNumber(line, ref at, 4, 4, out _time.Year) && _time.Year >= 1970;
                case 'y':
                    var isYear = TryNumber(line, ref at, 2, 2, out _time.Year);
                    _time.Year += _time.Year < 69 ? 2000 : 1900;
                    return isYear;
                case 'm':
                    return TryNumber(line, ref at, 1, 2, out _time.Month) && _time.Month > 0;
                case 'd' or 'e':
                    return TryPadded(line, ref at, out _time.Day) && _time.Day > 0;
                case 'j':
                    return TryNumber(line, ref at, 3, 3, out _dayOfYear);
                case 'b' or 'B' or 'h':
                    _time.Month = TimeText.Month(line[Math.Min(at, line.Length)..]);
                    return _time.Month > 0 && SkipLetters(line, ref at);
                case 'a' or 'A':
                    return TimeText.IsWeekday(line[Math.Min(at, line.Length)..]) && SkipLetters(line, ref at);
                case 'H' or 'k' or 'I' or 'l':
                    return TryPadded(line, ref at, out _time.Hour);
                case 'M':
                    return TryNumber(line, ref at, 2, 2, out _time.Minute);
                case 'S':
                    return TryNumber(line, ref at, 2, 2, out _time.Second);
                case 'L' or 'f' or 'N':
                    return TryFraction(line, ref at);
                case 'p':
                    return TryHalf(line, ref at);
                case 'z':
                    TimeText.Offset(line, ref at, ref _time);
                    return _time.HasOffset;
                case 'Z':
                    var rest = line[Math.Min(at, line.Length)..];
                    _time.HasOffset |= rest.StartsWith("UTC"u8) || rest.StartsWith("GMT"u8) || rest.StartsWith("Z"u8);
                    return SkipLetters(line, ref at);
                default:
                    return TryUnix(directive, line, ref at);
            }
        }

        public readonly bool TryFinish(out StatedTime time)
        {
            time = _time;
            if (_isAfternoon is { } isAfternoon)
            {
                if (time.Hour is < 1 or > 12)
                    return false;
                time.Hour = (time.Hour % 12) + (isAfternoon ? 12 : 0);
            }

            if (_dayOfYear > 0 && time.Year > 0)
            {
                if (_dayOfYear > (DateTime.IsLeapYear(time.Year) ? 366 : 365))
                    return false;
                var date = new DateTime(time.Year, 1, 1).AddDays(_dayOfYear - 1);
                (time.Month, time.Day) = (date.Month, date.Day);
            }

            return time.IsReal;
        }

        private static bool TryNumber(ReadOnlySpan<byte> line, ref int at, int min, int max, out int number)
        {
            number = 0;
            var from = at;
            for (; at < line.Length && at < from + max && char.IsAsciiDigit((char)line[at]); at++)
                number = (number * 10) + (line[at] - '0');
            return at - from >= min;
        }

        private static bool TryPadded(ReadOnlySpan<byte> line, ref int at, out int number)
        {
            if (at < line.Length && line[at] == ' ')
                at++;
            return TryNumber(line, ref at, 1, 2, out number);
        }

        private static bool SkipLetters(ReadOnlySpan<byte> line, ref int at)
        {
            var from = at;
            while (at < line.Length && char.IsAsciiLetter((char)line[at]))
                at++;
            return at > from;
        }

        private bool TryFraction(ReadOnlySpan<byte> line, ref int at)
        {
            var from = at;
            var unit = 100;
            _time.Millisecond = 0;
            for (; at < line.Length && char.IsAsciiDigit((char)line[at]); at++)
            {
                _time.Millisecond += unit * (line[at] - '0');
                unit /= 10;
            }

            return at > from;
        }

        private bool TryHalf(ReadOnlySpan<byte> line, ref int at)
        {
            if (at + 1 >= line.Length || (line[at + 1] | 0x20) != 'm' || (line[at] | 0x20) is not ('a' or 'p'))
                return false;

            _isAfternoon = (line[at] | 0x20) == 'p';
            at += 2;
            return true;
        }

        /// `%s` counts seconds and `%Q` milliseconds.
        private bool TryUnix(byte directive, ReadOnlySpan<byte> line, ref int at)
        {
            const int LongestMs = 14;
            long number = 0;
            var from = at;
            for (; at < line.Length && at < from + LongestMs && char.IsAsciiDigit((char)line[at]); at++)
                number = (number * 10) + (line[at] - '0');
            if (at == from || number == 0 || (directive == 's' && at - from > LongestMs - 3))
                return false;

            _time.UnixMs = directive == 's' ? (number * 1000) + TimeText.Fraction(line, ref at) : number;
            return true;
        }
    }
}
