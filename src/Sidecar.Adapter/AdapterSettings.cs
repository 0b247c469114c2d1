using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Commands;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Files;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Adapter.Probes.Processes;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter;

/// Every variable of the adapter, once.
internal static class AdapterSettings
{
    /// Probes and groups share one namespace, and with the fixed groups and the words of expressions.
    private static readonly string[] ReservedNames = ["LIVE", "READY", "STARTUP", "OF", "PORT", "SERVICE", "FILE"];

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
        "TIMEOUT", "2s", "How long an answer may take in all; at most the interval.", min: "10ms", max: "1h", shared: true);

    public static readonly Setting<int> Fall = Probe.Integer(
        "FALL", 3, "After how many misses in a row it is believed to be down.", min: 1, max: 1000, shared: true);

    public static readonly Setting<int> Rise = Probe.Integer(
        "RISE", 1, "After how many passes in a row it is believed to be up.", min: 1, max: 1000, shared: true);

    public static readonly NamedKind Group = new(
        "ADAPTER_GROUP", "A group of probes of your own, asked as /health/<name>: up when all of them are.", "web;worker")
    {
        Form = "a list of probes, separated by ;",
        Reserved = ReservedNames,
    };

    public static readonly Setting<IReadOnlyList<string>> Ready = Setting.List(
        "ADAPTER_READY", null, "The probes behind /health/ready; unset: all. Up when all of them are.", "web;worker");

    public static readonly Setting<IReadOnlyList<string>> Startup = Setting.List(
        "ADAPTER_STARTUP", null, "The probes behind /health/startup; unset: those of ready. Stays up once all of them were.", "web");

    public static readonly Setting<IReadOnlyList<string>> Live = Setting.List(
        "ADAPTER_LIVE",
        null,
        "The probes behind /health/live; unset: those whose target is in the pod (loopback, file, process, port, unix), because a restart cures nothing else. Down only when one of them is known to be down.",
        "worker");

    /// Beside each kind of probe stand the settings that only it has.
    public static IReadOnlyList<ISetting> All =>
    [
        Probe, Group, Ready, Startup, Live,
        .. HttpSettings.All, .. ContentSettings.All, .. TlsSettings.All, .. FileSettings.All, .. ProcessSettings.All, .. NetworkSettings.All,
        .. ExecSettings.All,
    ];
}
