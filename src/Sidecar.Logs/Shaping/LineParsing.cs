using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Logs.Shaping;

/// How plain lines are turned into objects: as a known format, or by a pattern with named groups.
internal sealed record LineParsing(LineFormat? Format, UserPattern? Pattern)
{
    public const string Form = "log4j, logback, logfmt, syslog, nginx, python, dotnet or a regular expression with named groups";

    public static Parsed<LineParsing?> Read(string text)
    {
        foreach (var format in Enum.GetValues<LineFormat>())
        {
            if (string.Equals(format.ToString(), text, StringComparison.OrdinalIgnoreCase))
                return Parsed.Right<LineParsing?>(new LineParsing(format, null));
        }

        if (!text.Contains("(?<", StringComparison.Ordinal))
            return Parsed.Wrong<LineParsing?>($"{Form} is expected");

        var pattern = UserPattern.ReadTimed(text);
        if (!pattern.IsRight)
            return Parsed.Wrong<LineParsing?>(pattern.Expected!);
        return NamesOf(pattern.Value!.Regex).Count > 0
            ? Parsed.Right<LineParsing?>(new LineParsing(null, pattern.Value))
            : Parsed.Wrong<LineParsing?>($"{Form} is expected; this one has none, for example (?<level>\\w+)");
    }

    public static IReadOnlyList<string> NamesOf(Regex regex) => [.. regex.GetGroupNames().Where(name => !char.IsAsciiDigit(name[0]))];

    public override string ToString() => Format?.ToString().ToLowerInvariant() ?? Pattern!.ToString();
}
