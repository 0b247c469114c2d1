using System.Text.RegularExpressions;
using SecretValue = Sidecar.Hosting.Settings.Secret;

namespace Sidecar.Hosting.Settings;

/// <summary>
/// A kind of named things, such as ADAPTER_PROBE: <c>&lt;KIND&gt;_&lt;NAME&gt;</c> is a thing, and
/// <c>&lt;KIND&gt;_&lt;NAME&gt;_&lt;SETTING&gt;</c> one of its settings. A name is [A-Z0-9]+; the setting is all that follows
/// the next underscore, so a setting added later never changes what an old variable means.
/// </summary>
public sealed class NamedKind(string prefix, string meaning, string example) : ISetting
{
    private readonly List<ISetting> _settings = [];

    /// <summary>For example ADAPTER_PROBE.</summary>
    public string Prefix => prefix;

    public string Variable => $"{prefix}_<NAME>";

    public string Meaning => meaning;

    public string Form { get; init; } = "text";

    public string? DefaultText => null;

    public string Example => $"{example}";

    /// <summary>True when base variables may hold credentials: they have a <c>_FILE</c> and are shown through <see cref="Show"/>.</summary>
    public bool IsSecret { get; init; }

    /// <summary>How a base variable's value is shown when it is secret; masks it whole unless told otherwise.</summary>
    public Func<string, string> Show { get; init; } = _ => SecretValue.Mask;

    /// <summary>Names that can't be taken, upper case.</summary>
    public IReadOnlyList<string> Reserved { get; init; } = [];

    /// <summary>The protocol of a thing, told from its base variable's value; settings may apply to some only.</summary>
    public Func<string, string> ProtocolOf { get; init; } = _ => "";

    public NamedKind? Kind => null;

    public string? SharedVariable => null;

    public IReadOnlyList<string> AppliesTo => [];

    public IReadOnlyList<string> FormerVariables => [];

    public IReadOnlyList<ISetting> Settings => _settings;

    string? ISetting.Example => example;

    public Parsed<object?> Read(string text) => Parsed.Right<object?>(text);

    public Setting<string?> Text(string name, string? defaultText, string meaning, string? example = null, bool shared = false, params string[] appliesTo) =>
        Of(name, "text", defaultText, meaning, Parsed.Right<string?>, example, shared, appliesTo);

    public Setting<TimeSpan> Duration(string name, string defaultText, string meaning, string? min = null, string? max = null, bool shared = false, params string[] appliesTo) =>
        Of(name, Setting.WithRange("a duration", min, max), defaultText, meaning, SettingForms.Duration(min, max), defaultText == "0" ? "5s" : defaultText, shared, appliesTo);

    public Setting<long> Size(string name, string defaultText, string meaning, string? min = null, string? max = null, bool shared = false, params string[] appliesTo) =>
        Of(name, Setting.WithRange("a size", min, max), defaultText, meaning, SettingForms.Size(min, max), defaultText == "0" ? "64KiB" : defaultText, shared, appliesTo);

    public Setting<int> Integer(string name, int defaultValue, string meaning, int min = 0, int max = int.MaxValue, bool shared = false, params string[] appliesTo) =>
        Of(name, $"a whole number from {min}" + (max == int.MaxValue ? "" : $" to {max}"), defaultValue.ToString(), meaning, SettingForms.Integer(min, max), null, shared, appliesTo);

    public Setting<bool> Boolean(string name, bool defaultValue, string meaning, bool shared = false, params string[] appliesTo) =>
        Of(name, "true or false", defaultValue ? "true" : "false", meaning, ValueForms.Boolean, null, shared, appliesTo);

    public Setting<IReadOnlyList<string>> List(string name, string? defaultText, string meaning, string? example = null, bool shared = false, params string[] appliesTo) =>
        Of(name, "a list, split at newlines if there is one, else at ;", defaultText ?? "", meaning, text => Parsed.Right(ValueForms.List(text)), example, shared, appliesTo);

    public Setting<Regex?> Pattern(string name, string meaning, string? example = null, bool shared = false, params string[] appliesTo) =>
        Of(name, "one regular expression", null, meaning, SettingForms.Pattern, example, shared, appliesTo);

    public Setting<TEnum> Choice<TEnum>(string name, TEnum defaultValue, string meaning, bool shared = false, params string[] appliesTo) where TEnum : struct, Enum =>
        Of(name, SettingForms.Choices<TEnum>(), SettingForms.Show(defaultValue), meaning, SettingForms.Choice<TEnum>, null, shared, appliesTo);

    public Setting<string?> ReadableFile(string name, string meaning, string? example = null, bool shared = false, params string[] appliesTo) =>
        Of(name, "the path of a readable file", null, meaning, SettingForms.ReadableFile, example, shared, appliesTo);

    /// <summary>A secret of each thing; never shared between things.</summary>
    public Setting<SecretValue?> Secret(string name, string meaning, params string[] appliesTo) =>
        Add(new Setting<SecretValue?>($"{prefix}_<NAME>_{name}", "a secret (or its _FILE)", null, meaning, text => Parsed.Right<SecretValue?>(new SecretValue(text)))
        {
            Kind = this,
            IsSecret = true,
            AppliesTo = appliesTo,
        });

    /// <summary>A value of a form of the agent's own. <paramref name="read"/> must not throw.</summary>
    public Setting<T> Of<T>(
        string name, string form, string? defaultText, string meaning, Func<string, Parsed<T>> read,
        string? example = null, bool shared = false, params string[] appliesTo) =>
        Add(new Setting<T>($"{prefix}_<NAME>_{name}", form, defaultText, meaning, read)
        {
            Kind = this,
            Example = example,
            SharedVariable = shared ? $"{prefix[..prefix.IndexOf('_', StringComparison.Ordinal)]}_{name}" : null,
            AppliesTo = appliesTo,
        });

    internal string NameOf(ISetting setting) => setting.Variable[(Variable.Length + 1)..];

    private Setting<T> Add<T>(Setting<T> setting)
    {
        _settings.Add(setting);
        return setting;
    }
}
