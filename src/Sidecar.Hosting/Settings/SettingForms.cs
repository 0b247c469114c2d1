using System.Text;
using System.Text.RegularExpressions;

namespace Sidecar.Hosting.Settings;

/// <summary>Value readers with a range or a closed set of names.</summary>
internal static class SettingForms
{
    public static Func<string, Parsed<TimeSpan>> Duration(string? min, string? max)
    {
        var least = min is null ? TimeSpan.Zero : ValueForms.Duration(min).Value;
        var most = max is null ? TimeSpan.MaxValue : ValueForms.Duration(max).Value;
        return text => Within(ValueForms.Duration(text), least, most, Setting.WithRange("a duration", min, max));
    }

    public static Func<string, Parsed<long>> Size(string? min, string? max)
    {
        var least = min is null ? 0 : ValueForms.Size(min).Value;
        var most = max is null ? long.MaxValue : ValueForms.Size(max).Value;
        return text => Within(ValueForms.Size(text), least, most, Setting.WithRange("a size", min, max));
    }

    public static Func<string, Parsed<int>> Integer(int min, int max) => text =>
    {
        var parsed = ValueForms.Integer(text);
        return parsed.IsRight && parsed.Value >= min && parsed.Value <= max
            ? Parsed.Right((int)parsed.Value)
            : Parsed.Wrong<int>($"a whole number from {min}" + (max == int.MaxValue ? "" : $" to {max}") + " is expected");
    };

    public static Func<string, Parsed<int?>> OptionalInteger(int min, int max) => text =>
    {
        var parsed = Integer(min, max)(text);
        return new Parsed<int?>(parsed.Value, parsed.Expected);
    };

    public static Func<string, Parsed<double>> Number(double min, double max) => text =>
        Within(ValueForms.Number(text), min, max, $"a number from {min}" + (max >= double.MaxValue ? "" : $" to {max}"));

    public static Parsed<Regex?> Pattern(string text)
    {
        var parsed = ValueForms.Pattern(text);
        return new Parsed<Regex?>(parsed.Value, parsed.Expected);
    }

    public static Parsed<TEnum> Choice<TEnum>(string text) where TEnum : struct, Enum
    {
        foreach (var value in Enum.GetValues<TEnum>())
        {
            if (string.Equals(Show(value), text, StringComparison.OrdinalIgnoreCase))
            {
                return Parsed.Right(value);
            }
        }

        return Parsed.Wrong<TEnum>($"{Choices<TEnum>()} is expected");
    }

    public static string Choices<TEnum>() where TEnum : struct, Enum
    {
        // By name: code that is generic over values of each enum is compiled at every start, also of a command.
        var names = Array.ConvertAll(Enum.GetNames<TEnum>(), Show);
        return names.Length == 1 ? names[0] : string.Join(", ", names[..^1]) + " or " + names[^1];
    }

    /// <summary>ReadTime is shown as read-time.</summary>
    public static string Show<TEnum>(TEnum value) where TEnum : struct, Enum => Show(value.ToString());

    private static string Show(string name)
    {
        var shown = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && shown.Length > 0)
            {
                shown.Append('-');
            }

            shown.Append(char.ToLowerInvariant(c));
        }

        return shown.ToString();
    }

    public static Parsed<string?> ReadableFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Parsed.Right<string?>(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Parsed.Wrong<string?>($"a readable file is expected ({FileTrouble.Reason(e)})");
        }
    }

    private static Parsed<T> Within<T>(Parsed<T> parsed, T min, T max, string expected) where T : IComparable<T> =>
        !parsed.IsRight || (parsed.Value.CompareTo(min) >= 0 && parsed.Value.CompareTo(max) <= 0)
            ? parsed
            : Parsed.Wrong<T>($"{expected} is expected");
}
