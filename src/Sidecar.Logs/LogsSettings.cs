using Sidecar.Hosting.Settings;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs;

/// What is to be read and how; the settings of the destination stand with it.
internal static class LogsSettings
{
    private const string GlobsForm = "globs, split at newlines if there is one, else at ;";

    public static readonly Setting<IReadOnlyList<Glob>> Paths = Setting.Of<IReadOnlyList<Glob>>(
        "LOGS_PATHS",
        GlobsForm,
        null,
        "The files to ship: *, ?, [..], {a,b}, and ** for any number of folders. Files and folders that are not there yet are waited for; compressed ones (.gz and the like) are never read as files of their own.",
        ReadGlobs,
        "/var/log/app/*.log");

    public static readonly Setting<IReadOnlyList<Glob>> PathsExclude = Setting.Of<IReadOnlyList<Glob>>(
        "LOGS_PATHS_EXCLUDE", GlobsForm, null, "Files among LOGS_PATHS that are not shipped.", ReadGlobs, "/var/log/app/debug*");

    public static readonly NamedKind Source = new(
        "LOGS_SOURCE", "Further files, treated in their own way: globs as in LOGS_PATHS. A file belongs to the first source that names it, LOGS_PATHS first.", "/var/log/nginx/*.log")
    {
        Reserved = ["PORT", "SERVICE", "FILE", "DEFAULT"],
        Form = GlobsForm,
    };

    public static readonly Setting<IReadOnlyList<Glob>> SourceExclude = Source.Of<IReadOnlyList<Glob>>(
        "EXCLUDE", GlobsForm, null, "Files among the source's that are not shipped.", ReadGlobs, "/var/log/nginx/debug*");

    public static readonly Setting<string?> SourceGroup = Source.Of(
        "GROUP", "a log group's name", null, "The source's log group, if not LOGS_GROUP; with the same placeholders.", ReadGroup, "/app/nginx");

    public static readonly Setting<StreamTemplate> Stream = Setting.Of(
        "LOGS_STREAM", StreamForm, DefaultStream, StreamMeaning, ReadStream, "{source}/{file}");

    public static readonly Setting<StreamTemplate> SourceStream = Source.Of(
        "STREAM", StreamForm, DefaultStream, StreamMeaning, ReadStream, "{source}/{file}", shared: true);

    public static readonly Setting<LogStart> Start = Setting.Choice("LOGS_START", LogStart.Beginning, StartMeaning);

    public static readonly Setting<LogStart> SourceStart = Source.Choice("START", LogStart.Beginning, StartMeaning, shared: true);

    public static readonly Setting<string?> StateDir = Setting.Text(
        "LOGS_STATE_DIR",
        "/var/lib/sidecar-logs",
        "Where it is remembered how far each file was acknowledged. Give it a volume that outlives the container, and one agent only.",
        example: "/var/lib/sidecar-logs");

    public static readonly Setting<TimeSpan> PollInterval = Setting.Duration(
        "LOGS_POLL_INTERVAL", "250ms", "How often files are looked at. There is no inotify, which misses what is written through some volumes.", min: "10ms", max: "1m");

    public static readonly Setting<TimeSpan> FlushInterval = Setting.Duration(
        "LOGS_FLUSH_INTERVAL", "1s", "A stream is sent to at most this often unless a batch is full; after a pause the first event goes at once.", min: "0", max: "1m");

    public static readonly Setting<TimeSpan> QuietPeriod = Setting.Duration(
        "LOGS_QUIET_PERIOD", "5s", "How long a rotated or deleted file must have been quiet at its end before it is closed; and how long all files must be quiet after the stop signal before the agent ends.", min: "100ms", max: "1h");

    public static readonly Setting<TimeSpan> PartialTimeout = Setting.Duration(
        "LOGS_PARTIAL_TIMEOUT", "5s", "How long a file must have been quiet before a last line without a newline is sent.", min: "100ms", max: "1h");

    private const string DefaultStream = "{hostname}/{file}";
    private const string StreamForm = "a stream's name with placeholders";

    private const string StreamMeaning =
        "The stream that a file goes to, with {hostname}, {file}, {path}, {source}, {date} (UTC), {pod}, {namespace}, {container}, {node} (see POD_NAME and so on), and in ECS {task}, {family}, {cluster}. It is chosen when the file is first seen, and stays through rotation.";

    private const string StartMeaning =
        "Where reading begins in files that are there when the agent starts for the very first time. What comes later is always read from its beginning.";

    public static IEnumerable<ISetting> All =>
    [
        Paths, PathsExclude, Source, Stream, Start, StateDir,
        PollInterval, FlushInterval, PartialTimeout, QuietPeriod,
    ];

    public static Parsed<IReadOnlyList<Glob>> ReadGlobs(string text)
    {
        var globs = new List<Glob>();
        foreach (var one in ValueForms.List(text))
        {
            if (Glob.TryParse(one, out var fault) is not { } parsed)
                return Parsed.Wrong<IReadOnlyList<Glob>>($"globs are expected; '{one}': {fault}");
            globs.AddRange(parsed);
        }

        return Parsed.Right<IReadOnlyList<Glob>>(globs);
    }

    private static Parsed<StreamTemplate> ReadStream(string text) =>
        StreamTemplate.TryParse(text, out var fault) is { } template
            ? Parsed.Right(template)
            : Parsed.Wrong<StreamTemplate>($"a stream's name is expected: {fault}");

    private static Parsed<string?> ReadGroup(string text) =>
        GroupName.Fault(text) is { } fault ? Parsed.Wrong<string?>($"a log group's name is expected: {fault}") : Parsed.Right<string?>(text);
}
