using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Files;

/// What has to hold of a file beside its content; how long a report of the app's own stays true.
internal static class FileSettings
{
    public static readonly Setting<TimeSpan?> MaxAge = AdapterSettings.Probe.Of(
        "MAX_AGE",
        "a duration",
        null,
        "How long ago the file, or the newest one of a pattern, may have been written, or a report may have been pushed. Unset, a file only has to be there. At least twice the time between two writes is wise.",
        ReadMaxAge,
        "30s",
        shared: false,
        ProbeKinds.File, ProbeKinds.Push);

    public static readonly Setting<TimeSpan> ClockSkew = AdapterSettings.Probe.Duration(
        "CLOCK_SKEW", "60s", "How far in the future a file's time may lie before that is a miss.", min: "0", max: "1d", shared: false, ProbeKinds.File);

    public static readonly Setting<bool> Absent = AdapterSettings.Probe.Boolean(
        "ABSENT", false, "Pass when there is no such file, and miss when there is: a lock, a marker of maintenance.", shared: false, ProbeKinds.File);

    public static readonly Setting<long> MinSize = AdapterSettings.Probe.Size("MIN_SIZE", "0", "How large the file has to be.", shared: false, appliesTo: ProbeKinds.File);

    public static readonly Setting<long?> MaxSize = AdapterSettings.Probe.Of(
        "MAX_SIZE", "a size", null, "How large the file may be; unset: as large as it likes.", ReadSize, "10MiB", shared: false, ProbeKinds.File);

    public static IReadOnlyList<ISetting> All { get; } = [MaxAge, ClockSkew, Absent, MinSize, MaxSize];

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

    private static Parsed<long?> ReadSize(string text)
    {
        var read = ValueForms.Size(text);
        return new Parsed<long?>(read.Value, read.Expected);
    }
}
