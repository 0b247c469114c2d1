using System.Globalization;
using Sidecar.Adapter.Endpoints.Relay;
using Sidecar.Adapter.Metrics;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Commands;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Files;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Adapter.Probes.Processes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter;

/// Every variable of the adapter, once.
internal static class AdapterSettings
{
    /// Probes and groups share one namespace, and with the fixed groups and the words of expressions.
    private static readonly string[] ReservedNames = ["LIVE", "READY", "STARTUP", "OF", "PORT", "SERVICE", "FILE", "TARGETS"];

    private const string GroupForm = "probes joined by & and |, in brackets, as 2 of (a, b, c), or with ? for one that only degrades; several after ; have to hold all";

    public static readonly NamedKind Probe = new(
        "ADAPTER_PROBE", "What is asked of the app again and again, in the background.", "http://localhost:8080/health")
    {
        Form = $"a URL of one of the kinds {ProbeKinds.Supported}",
        Reserved = ReservedNames,
        ProtocolOf = ProbeKinds.SchemeOf,
        // A URL may come with credentials by mistake: they never show, also not in the fault that says so.
        IsSecret = true,
        Show = ProbeKinds.Mask,
    };

    public static readonly Setting<TimeSpan> Interval = Probe.Duration(
        "INTERVAL", "5s", "From the start of one question to the start of the next.", min: "100ms", max: "1h", shared: true);

    public static readonly Setting<TimeSpan> Timeout = Probe.Duration(
        "TIMEOUT", "2s", "How long an answer may take in all. Unset, never longer than the interval.", min: "10ms", max: "1h", shared: true);

    public static readonly Setting<TimeSpan> InitialDelay = Probe.Duration(
        "INITIAL_DELAY", "0", "How long after the start it is asked first. Nothing is known of it until then: live is up, ready and startup are not.", min: "0", max: "1h", shared: true);

    public static readonly Setting<int> Fall = Probe.Integer(
        "FALL", 3, "After how many misses in a row it is believed to be down.", min: 1, max: 1000, shared: true);

    public static readonly Setting<int> Rise = Probe.Integer(
        "RISE", 1, "After how many passes in a row it is believed to be up.", min: 1, max: 1000, shared: true);

    public static readonly Setting<int> Window = Probe.Integer(
        "WINDOW", 0, "Among how many of the last answers the misses are counted, instead of in a row: fall 3 and window 5 is 3 of 5. 0: in a row.", min: 0, max: 60, shared: true);

    public static readonly Setting<TimeSpan> Damping = Probe.Duration(
        "DAMPING", "0", "One that went down again within this time after it came up has to pass for as long before it is believed up. 0 damps nothing.", min: "0", max: "1h", shared: true);

    public static readonly NamedKind Group = new(
        "ADAPTER_GROUP", "A group of your own, asked as /health/<name>, in the form of ADAPTER_READY.", "web & (db | cache)")
    {
        Form = GroupForm,
        Reserved = ReservedNames,
    };

    public static readonly Setting<IReadOnlyList<string>> Ready = Setting.List(
        "ADAPTER_READY", null, "What has to hold for /health/ready; unset: all probes. Web is needed, one of db and cache too, and mail may fail: web & (db | cache) & mail?", "web & (db | cache)");

    public static readonly Setting<IReadOnlyList<string>> Startup = Setting.List(
        "ADAPTER_STARTUP", null, "What has to have held once for /health/startup, in the form of ADAPTER_READY; unset: the same as ready.", "web");

    public static readonly Setting<IReadOnlyList<string>> Live = Setting.List(
        "ADAPTER_LIVE",
        null,
        "What must not be known to fail for /health/live, in the form of ADAPTER_READY; unset: the probes whose target is in the pod and no other sidecar, because a restart cures nothing else.",
        "worker");

    public static readonly Setting<OutsideInLive> LiveOutside = Setting.Choice(
        "ADAPTER_LIVE_OUTSIDE", OutsideInLive.Refuse, "Whether ADAPTER_LIVE may name a probe whose target is outside of the pod, or another sidecar: when that fails, every app that asks it is restarted, again and again.");

    public static readonly Setting<int> DegradedStatus = Setting.Of(
        "ADAPTER_DEGRADED_STATUS", "200, 429 or 503", "200", "The status for what is degraded: up, with something to say.", ReadDegradedStatus, "429");

    public static readonly Setting<string?> MaintenanceFile = Setting.Text(
        "ADAPTER_MAINTENANCE_FILE", null, "While this file is there the app is being worked on: ready is down and live holds.", "/var/run/app/maintenance");

    public static readonly Setting<RelayTargets> ProbeTargets = Setting.Of(
        "ADAPTER_PROBE_TARGETS", "hosts, separated by ;", "",
        "Hosts that /probe?target=&module= may ask, as blackbox_exporter does: name, name:port or *.suffix; unset: there is no /probe. Link-local addresses are always refused.",
        RelayTargets.Read,
        "orders.internal;*.shop.internal:8080");

    public static readonly Setting<ListenAddress?> GrpcListen = Setting.Of(
        "ADAPTER_GRPC_LISTEN", "a port, with an address or without", null,
        "Where the verdict is served as gRPC's health service (grpc.health.v1), in the clear; unset: nowhere. The service is a group or a probe, or none for ready.",
        ReadGrpcListen, "*:9474");

    /// Beside each kind of probe stand the settings that only it has.
    public static IReadOnlyList<ISetting> All =>
    [
        Probe, Group, Ready, Startup, Live, LiveOutside, DegradedStatus, MaintenanceFile, GrpcListen, ProbeTargets,
        .. HttpSettings.All, .. ContentSettings.All, .. TlsSettings.All, .. FileSettings.All, .. ProcessSettings.All, .. NetworkSettings.All,
        .. ExecSettings.All, .. MetricsSettings.All,
    ];

    private static Parsed<int> ReadDegradedStatus(string text) => text is "200" or "429" or "503"
        ? Parsed.Right(int.Parse(text, CultureInfo.InvariantCulture))
        : Parsed.Wrong<int>("200, 429 or 503 is expected");

    private static Parsed<ListenAddress?> ReadGrpcListen(string text)
    {
        var read = ListenAddress.Read(text);
        return read is { IsRight: true, Value: not { Port: > 0 } } ? Parsed.Wrong<ListenAddress?>("a port is expected, with an address or without") : read;
    }
}
