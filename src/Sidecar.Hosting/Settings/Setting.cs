using System.Text.RegularExpressions;

namespace Sidecar.Hosting.Settings;

/// <summary>Makes the entries of a schema, one factory for each form of value.</summary>
public static class Setting
{
    public static Setting<string?> Text(string variable, string? defaultText, string meaning, string? example = null) =>
        new(variable, "text", defaultText, meaning, Parsed.Right<string?>) { Example = example };

    /// <summary>A duration with its unit; <paramref name="min"/> and <paramref name="max"/> are inclusive.</summary>
    public static Setting<TimeSpan> Duration(string variable, string defaultText, string meaning, string? min = null, string? max = null) =>
        new(variable, WithRange("a duration", min, max), defaultText, meaning, SettingForms.Duration(min, max)) { Example = defaultText == "0" ? "5s" : defaultText };

    /// <summary>A size in bytes with its unit; <paramref name="min"/> and <paramref name="max"/> are inclusive.</summary>
    public static Setting<long> Size(string variable, string defaultText, string meaning, string? min = null, string? max = null) =>
        new(variable, WithRange("a size", min, max), defaultText, meaning, SettingForms.Size(min, max)) { Example = defaultText == "0" ? "64MiB" : defaultText };

    public static Setting<int> Integer(string variable, int defaultValue, string meaning, int min = 0, int max = int.MaxValue) =>
        new(variable, $"a whole number from {min}" + (max == int.MaxValue ? "" : $" to {max}"), defaultValue.ToString(), meaning, SettingForms.Integer(min, max));

    /// <summary>A whole number that may stay unset.</summary>
    public static Setting<int?> OptionalInteger(string variable, string meaning, int min = 0, int max = int.MaxValue, string? example = null) =>
        new(variable, $"a whole number from {min}" + (max == int.MaxValue ? "" : $" to {max}"), null, meaning, SettingForms.OptionalInteger(min, max)) { Example = example };

    public static Setting<double> Number(string variable, string defaultText, string meaning, double min = 0, double max = double.MaxValue) =>
        new(variable, $"a number from {min}" + (max >= double.MaxValue ? "" : $" to {max}"), defaultText, meaning, SettingForms.Number(min, max));

    public static Setting<bool> Boolean(string variable, bool defaultValue, string meaning) =>
        new(variable, "true or false", defaultValue ? "true" : "false", meaning, ValueForms.Boolean);

    /// <summary>A list, split at newlines if there is one, else at ';'.</summary>
    public static Setting<IReadOnlyList<string>> List(string variable, string? defaultText, string meaning, string? example = null) =>
        new(variable, "a list, split at newlines if there is one, else at ;", defaultText ?? "", meaning, text => Parsed.Right(ValueForms.List(text))) { Example = example };

    /// <summary>One regular expression, never a list.</summary>
    public static Setting<Regex?> Pattern(string variable, string meaning, string? example = null) =>
        new(variable, "one regular expression", null, meaning, SettingForms.Pattern) { Example = example };

    /// <summary>One of the names of an enum, shown in kebab-case.</summary>
    public static Setting<TEnum> Choice<TEnum>(string variable, TEnum defaultValue, string meaning) where TEnum : struct, Enum =>
        new(variable, SettingForms.Choices<TEnum>(), SettingForms.Show(defaultValue), meaning, SettingForms.Choice<TEnum>);

    /// <summary>A secret: never printed; can be given as <c>X_FILE</c> and then follows the file.</summary>
    public static Setting<Secret?> Secret(string variable, string meaning) =>
        new(variable, "a secret (or its _FILE)", null, meaning, text => Parsed.Right<Secret?>(new Secret(text))) { IsSecret = true };

    /// <summary>A file that has to be readable when the agent starts.</summary>
    public static Setting<string?> ReadableFile(string variable, string meaning, string? example = null) =>
        new(variable, "the path of a readable file", null, meaning, SettingForms.ReadableFile) { Example = example };

    /// <summary>A value of a form of the agent's own. <paramref name="read"/> must not throw.</summary>
    public static Setting<T> Of<T>(string variable, string form, string? defaultText, string meaning, Func<string, Parsed<T>> read, string? example = null) =>
        new(variable, form, defaultText, meaning, read) { Example = example };

    internal static string WithRange(string form, string? min, string? max) => (min, max) switch
    {
        (null, null) => form,
        (_, null) => $"{form} of at least {min}",
        (null, _) => $"{form} of at most {max}",
        _ => $"{form} from {min} to {max}",
    };
}
