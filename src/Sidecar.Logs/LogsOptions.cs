using System.Globalization;
using Sidecar.Logs.Batching;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Shaping;

namespace Sidecar.Logs;

/// What the pipeline is made of, once the settings are read.
internal sealed record LogsOptions(IReadOnlyList<LogSource> Sources, IReadOnlyList<string> OwnPaths, string StateFolder, string Hostname)
{
    /// By the name of the source; the default where there is none.
    public IReadOnlyDictionary<string, ShapingOptions> Shaping { get; init; } = new Dictionary<string, ShapingOptions>(StringComparer.Ordinal);

    /// What is known of where we run, beside the host's name.
    public Surroundings Surroundings { get; init; } = new(new Dictionary<string, string>(StringComparer.Ordinal));

    /// Where ECS tells of the task; null when no name asks for it.
    public Uri? TaskMetadata { get; init; }

    public int MaxStreams { get; init; } = 1000;

    public OutOfRange OutOfRange { get; init; }

    public string DeadLetterFolder { get; init; } = Path.Combine(StateFolder, "dead-letter");

    public long DeadLetterLimit { get; init; } = 64 << 20;

    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan RetryCeiling { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// How many bytes deleted files may hold on their volume.
    public long HoldLimit { get; init; } = 256 * 1024 * 1024;

    public TimeSpan PartialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MultilineTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// Where the events of a file go that is seen for the first time; null as long as something is not known that the names are
    /// made of: then they wait, rather than go to a stream of a wrong name.
    public StreamTarget? TargetOf(LogSource source, string path, DateTimeOffset now)
    {
        return GroupName.Fill(source.Group, ValueOf) is { } group && source.Stream.Fill(ValueOf) is { } stream
            ? new StreamTarget(group, stream)
            : null;

        string? ValueOf(string placeholder) => placeholder switch
        {
            Placeholders.Hostname => Hostname,
            Placeholders.File => Path.GetFileName(RawPath.ToShow(path)),
            Placeholders.Path => RawPath.ToShow(path).TrimStart('/'),
            Placeholders.Source => source.Name,
            Placeholders.Date => now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => Surroundings.ValueOf(placeholder),
        };
    }

    /// Where they go on to: into the stream that was chosen once. The group is the one that is set now, unless it was chosen, too.
    public static StreamTarget Again(LogSource source, StreamTarget chosen) =>
        source.Group.Contains('{', StringComparison.Ordinal) ? chosen : chosen with { Group = source.Group };
}
