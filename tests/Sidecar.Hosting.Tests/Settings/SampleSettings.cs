using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Tests.Settings;

/// A schema with one of each, for the tests of the reader.
internal static class SampleSettings
{
    public static readonly Setting<TimeSpan> PollInterval = Setting.Duration("ADAPTER_POLL_INTERVAL", "250ms", "How often.", min: "10ms", max: "1m").FormerlyCalled("ADAPTER_LOOK_EVERY");
    public static readonly Setting<string?> Group = Setting.Text("ADAPTER_READY", null, "Which.", example: "web");
    public static readonly Setting<Secret?> Token = Setting.Secret("ADAPTER_TOKEN", "A secret.");
    public static readonly Setting<string?> CaFile = Setting.ReadableFile("ADAPTER_CA_FILE", "A file.");

    public static readonly NamedKind Probe = new("ADAPTER_PROBE", "What is asked.", example: "http://localhost:8080/health")
    {
        Reserved = ["PORT", "SERVICE", "FILE", "LIVE"],
        ProtocolOf = value => value.Split(':')[0],
    };

    public static readonly Setting<TimeSpan> Interval = Probe.Duration("INTERVAL", "5s", "How often.", min: "100ms", shared: true).FormerlyCalled("ADAPTER_PROBE_<NAME>_EVERY");
    public static readonly Setting<TimeSpan> MaxAge = Probe.Duration("MAX_AGE", "1m", "How old.", shared: false, appliesTo: "file");
    public static readonly Setting<Secret?> Password = Probe.Secret("PASSWORD", "A secret.");

    public static readonly NamedKind Route = new("ADAPTER_ROUTE", "Where to.", example: "redis://host:6379") { IsSecret = true, Reserved = ["FILE"] };

    public static SettingsSchema Schema()
    {
        var schema = new SettingsSchema("adapter");
        schema.Add([PollInterval, Group, Token, CaFile, Probe, Route]);
        return schema;
    }

    public static BoundSettings Read(bool isCheck, params (string Name, string Value)[] environment) =>
        SettingsReader.Read(Schema(), environment.Select(entry => KeyValuePair.Create(entry.Name, entry.Value)), isCheck, TimeProvider.System);

    public static BoundSettings Run(params (string Name, string Value)[] environment) => Read(false, environment);

    public static BoundSettings Check(params (string Name, string Value)[] environment) => Read(true, environment);
}
