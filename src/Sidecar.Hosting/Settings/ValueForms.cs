using System.Globalization;
using System.Text.RegularExpressions;

namespace Sidecar.Hosting.Settings;

/// <summary>
/// Reads the forms of value that settings have. No reader throws; each says what it expects. Durations and sizes carry a
/// unit, because the framework's own binder reads "5" as five days.
/// </summary>
public static class ValueForms
{
    private static readonly (string Unit, double Seconds)[] DurationUnits =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    private static readonly (string Unit, long Bytes)[] SizeUnits =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
         ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1)];

    /// <summary>A duration with its unit: 250ms, 5s, 2m, 1h30m is not one. 0 needs no unit.</summary>
    public static Parsed<TimeSpan> Duration(string text)
    {
        if (text == "0")
        {
            return Parsed.Right(TimeSpan.Zero);
        }

        foreach (var (unit, seconds) in DurationUnits)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && TryNumber(text[..^unit.Length], out var number))
            {
                var total = number * seconds;
                return total <= TimeSpan.MaxValue.TotalSeconds / 2
                    ? Parsed.Right(TimeSpan.FromSeconds(total))
                    : Parsed.Wrong<TimeSpan>("that duration is too long");
            }
        }

        return Parsed.Wrong<TimeSpan>(TryNumber(text, out _)
            ? "a duration needs a unit (ms, s, m, h, d)"
            : "a duration is expected: a number with a unit (ms, s, m, h, d)");
    }

    /// <summary>A size in bytes with its unit: 64KiB, 10MB, 512B. 0 needs no unit.</summary>
    public static Parsed<long> Size(string text)
    {
        if (text == "0")
        {
            return Parsed.Right(0L);
        }

        foreach (var (unit, bytes) in SizeUnits)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && TryNumber(text[..^unit.Length], out var number))
            {
                var total = number * bytes;
                return total < long.MaxValue ? Parsed.Right((long)total) : Parsed.Wrong<long>("that size is too large");
            }
        }

        return Parsed.Wrong<long>(TryNumber(text, out _)
            ? "a size needs a unit (B, KiB, MiB, GiB, KB, MB, GB)"
            : "a size is expected: a number with a unit (B, KiB, MiB, GiB, KB, MB, GB)");
    }

    public static Parsed<long> Integer(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? Parsed.Right(value)
            : Parsed.Wrong<long>("a whole number is expected");

    public static Parsed<double> Number(string text) =>
        TryNumber(text, out var value) ? Parsed.Right(value) : Parsed.Wrong<double>("a number is expected");

    public static Parsed<bool> Boolean(string text) => text.ToLowerInvariant() switch
    {
        "true" => Parsed.Right(true),
        "false" => Parsed.Right(false),
        _ => Parsed.Wrong<bool>("true or false is expected"),
    };

    /// <summary>Splits at newlines if there is one, else at ';'. Blanks around an item do not count; empty items are left out.</summary>
    public static IReadOnlyList<string> List(string text) =>
        text.Split(text.Contains('\n', StringComparison.Ordinal) ? '\n' : ';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public static Parsed<Regex> Pattern(string text)
    {
        try
        {
            // NonBacktracking keeps a hostile line from costing more than its length.
            return Parsed.Right(new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Regex.InfiniteMatchTimeout));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return Parsed.Wrong<Regex>($"a regular expression without look-around and back-references is expected ({e.Message})");
        }
    }

    /// <summary>Writes a duration as a user would: 250ms, 5s, 2m.</summary>
    public static string Show(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
        {
            return "0";
        }

        foreach (var (unit, seconds) in DurationUnits.Reverse())
        {
            var number = value.TotalSeconds / seconds;
            if (number >= 1 && Math.Abs(number - Math.Round(number)) < 1e-9)
            {
                return number.ToString("0", CultureInfo.InvariantCulture) + unit;
            }
        }

        return value.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + "ms";
    }

    // Digits and one point only: no exponent, no sign, no blanks, no infinity.
    private static bool TryNumber(string text, out double number)
    {
        number = 0;
        return text.Length is > 0 and <= 20 && char.IsAsciiDigit(text[0])
            && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
