using System.Text.RegularExpressions;
using Sidecar.Adapter.Probes;
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

    public static readonly Setting<NumberRanges> Status = Probe.Of(
        "STATUS",
        "numbers and ranges, separated by ;",
        "200-399",
        "Which status codes are right. A redirect on the same host is followed unless the list names it by itself (302, 300-399); one to another host is a miss.",
        text => NumberRanges.Read(text, least: 100, most: 599),
        example: "200;204",
        shared: false,
        ProbeKinds.Http, ProbeKinds.Https);

    public static readonly Setting<Regex?> Body = Probe.Pattern(
        "BODY", "What the first 256 KiB of the body have to match.", "\"status\":\"UP\"", shared: false, ProbeKinds.Http, ProbeKinds.Https);

    public static readonly Setting<string?> TlsCaFile = Probe.ReadableFile(
        "TLS_CA_FILE", "The authorities to believe instead of the system's, in PEM form.", "/etc/tls/ca.pem", shared: false, ProbeKinds.Https);

    public static readonly Setting<TimeSpan?> MaxAge = Probe.Of(
        "MAX_AGE",
        "a duration",
        null,
        "How long ago the file, or the newest one of a pattern, may have been written; unset: it only has to be there. At least twice the time between two writes is wise.",
        ReadMaxAge,
        example: "30s",
        shared: false,
        ProbeKinds.File);

    public static readonly Setting<TimeSpan> ClockSkew = Probe.Duration(
        "CLOCK_SKEW", "60s", "How far in the future a file's time may lie before that is a miss.", min: "0", max: "1d", shared: false, ProbeKinds.File);

    public static readonly Setting<NumberRanges> Count = Probe.Of(
        "COUNT",
        "a number or a range, 2- for two or more",
        "1-",
        "How many processes of the name have to run; zombies don't count.",
        text => NumberRanges.Read(text, least: 0, most: int.MaxValue),
        example: "1-4",
        shared: false,
        ProbeKinds.Process);

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

    public static IReadOnlyList<ISetting> All { get; } = [Probe, Group, Ready, Startup, Live];

    private static Parsed<TimeSpan?> ReadMaxAge(string text)
    {
        var read = ValueForms.Duration(text);
        return read switch
        {
            { IsRight: false } => Parsed.Wrong<TimeSpan?>(read.Expected!),
            { Value.Ticks: 0 } => Parsed.Wrong<TimeSpan?>("a duration above 0 is expected"),
            _ => Parsed.Right<TimeSpan?>(read.Value),
        };
    }
}
