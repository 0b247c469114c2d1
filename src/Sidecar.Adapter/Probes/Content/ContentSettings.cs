using System.Text.RegularExpressions;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Content;

/// The conditions on what an app says: in a body, a file, or a command's output.
internal static class ContentSettings
{
    private static readonly string[] Kinds = [ProbeKinds.Http, ProbeKinds.Https, ProbeKinds.Unix, ProbeKinds.File, ProbeKinds.Exec];

    public static readonly Setting<Regex?> Body = AdapterSettings.Probe.Pattern(
        "BODY", "What the first 256 KiB of the body, the file or the command's output have to match.", "\"status\":\"UP\"", shared: false, Kinds);

    public static readonly Setting<Regex?> BodyNot = AdapterSettings.Probe.Pattern(
        "BODY_NOT", "What they must not match.", "(?i)error", shared: false, Kinds);

    public static readonly Setting<string?> Text = AdapterSettings.Probe.Text(
        "TEXT", null, "A text that has to stand there as it is.", "Welcome", shared: false, Kinds);

    public static readonly Setting<string?> TextNot = AdapterSettings.Probe.Text(
        "TEXT_NOT", null, "A text that must not stand there.", "Stack trace", shared: false, Kinds);

    public static readonly Setting<IReadOnlyList<JsonTest>> Json = AdapterSettings.Probe.Of(
        "JSON",
        "conditions on JSON, separated by ;",
        "",
        "What has to hold of the JSON there: a path, then in, not in, =, !=, <, <=, >, >= and a value, or exists. All have to hold.",
        JsonTest.ReadAll,
        "$.status in UP,ok,pass,Healthy",
        shared: false,
        Kinds);

    public static IReadOnlyList<ISetting> All { get; } = [Body, BodyNot, Text, TextNot, Json];

    /// The settings among these that were given for a thing.
    public static IEnumerable<ISetting> GivenFor(NamedThing thing) => All.Where(thing.IsSet);
}
