using System.Text;

namespace Sidecar.Hosting.Settings;

/// <summary>Writes settings for people: what is in force, what can be set, and the page docs/configuration.md.</summary>
public static class SettingsText
{
    /// <summary>The settings in force, one <c>NAME=value</c> a line with where it comes from; secrets masked.</summary>
    public static IEnumerable<string> Effective(BoundSettings settings)
    {
        foreach (var setting in settings.Schema.Plain)
        {
            yield return Line(setting.Variable, settings.Find(setting), setting);
        }

        foreach (var thing in settings.Schema.Kinds.SelectMany(settings.Named))
        {
            yield return $"{thing.Variable}={OneLine(thing.Shown)}  # from {thing.Given.Source}";
            foreach (var setting in thing.Kind.Settings.Where(setting => Applies(setting, thing)))
            {
                yield return Line(thing.VariableOf(setting), thing.Values.GetValueOrDefault(setting), setting);
            }
        }
    }

    /// <summary>Only what was given, for the first lines of the log.</summary>
    public static IEnumerable<string> Given(BoundSettings settings) =>
        settings.Schema.Plain.Select(setting => (setting.Variable, Bound: settings.Find(setting)))
            .Concat(settings.Schema.Kinds.SelectMany(settings.Named).SelectMany(thing =>
                thing.Values.Select(value => (Variable: thing.VariableOf(value.Key), Bound: (BoundValue?)value.Value))
                    .Prepend((thing.Variable, Bound: (BoundValue?)thing.Given))))
            .Where(entry => entry.Bound is not null)
            .Select(entry => $"{entry.Variable}={OneLine(entry.Bound!.Shown ?? "")}");

    /// <summary>Every variable as a table of text: name, default, meaning.</summary>
    public static string Table(SettingsSchema schema)
    {
        var text = new StringBuilder();
        foreach (var setting in Own(schema).Concat(Shared(schema)))
        {
            text.Append(setting.Variable).Append("  [").Append(DefaultOf(setting)).Append("]\n");
            text.Append("    ").Append(setting.Meaning).Append(Notes(setting)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The agent's part of docs/configuration.md, or with <paramref name="isShared"/> the part that all agents share.</summary>
    public static string Markdown(SettingsSchema schema, bool isShared)
    {
        var text = new StringBuilder();
        text.Append(isShared ? "## All three agents\n\n" : $"## sidecar-{schema.Agent}\n\n");
        text.Append("| variable | default | meaning |\n|---|---|---|\n");
        foreach (var setting in isShared ? Shared(schema) : Own(schema))
        {
            text.Append("| `").Append(setting.Variable).Append("` | ").Append(Cell(DefaultOf(setting), isCode: setting.DefaultText?.Length > 0)).Append(" | ")
                .Append(Escape(setting.Meaning + Notes(setting))).Append(" |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<ISetting> Own(SettingsSchema schema) =>
        schema.Plain.Where(setting => !IsShared(setting))
            .Concat(schema.Kinds.SelectMany(kind => kind.Settings.Prepend(kind)));

    private static IEnumerable<ISetting> Shared(SettingsSchema schema) => schema.Plain.Where(IsShared);

    private static bool IsShared(ISetting setting) => SharedSettings.All.Contains(setting);

    private static bool Applies(ISetting setting, NamedThing thing) =>
        setting.AppliesTo.Count == 0 || setting.AppliesTo.Contains(thing.Kind.ProtocolOf(thing.Value));

    private static string Line(string variable, BoundValue? bound, ISetting setting) =>
        bound is null ? $"{variable}={setting.DefaultText}  # default" : $"{variable}={OneLine(bound.Shown ?? "")}  # from {bound.Source}";

    private static string OneLine(string value) => value.ReplaceLineEndings("\\n");

    private static string DefaultOf(ISetting setting) => string.IsNullOrEmpty(setting.DefaultText) ? "unset" : setting.DefaultText;

    private static string Notes(ISetting setting)
    {
        var notes = new StringBuilder(" (").Append(setting.Form);
        if (setting.Example is not null && setting.Example != setting.DefaultText)
        {
            notes.Append(", for example ").Append(setting.Example);
        }

        notes.Append(").");
        if (setting.AppliesTo.Count > 0)
        {
            notes.Append(" For ").Append(string.Join(", ", setting.AppliesTo)).Append(" only.");
        }

        if (setting.SharedVariable is not null)
        {
            notes.Append(" For all at once: ").Append(setting.SharedVariable).Append('.');
        }

        return notes.ToString();
    }

    private static string Cell(string text, bool isCode) => isCode ? $"`{Escape(text)}`" : text;

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
