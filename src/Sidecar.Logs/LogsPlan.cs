using System.Net;
using Sidecar.Hosting.Settings;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;
using Sidecar.Logs.Shaping;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// Makes the pipeline's options of the settings, and says what is wrong between them.
internal static class LogsPlan
{
    public const string DefaultSource = "default";

    /// Whether some source has no log group of its own.
    public static bool NeedsGroup(BoundSettings settings) =>
        settings.IsSet(LogsSettings.Paths)
        || settings.Named(LogsSettings.Source) is var sources && (sources.Count == 0 || sources.Any(one => one.Get(LogsSettings.SourceGroup) is null));

    /// OwnFile is where the destination writes, if it is a file.
    public static LogsOptions Of(BoundSettings settings, string? ownFile)
    {
        var group = settings.Get(DestinationSettings.Group) ?? "";
        var stateFolder = Path.GetFullPath(settings.Get(LogsSettings.StateDir)!);
        var sources = new List<LogSource>();
        if (settings.IsSet(LogsSettings.Paths))
            sources.Add(Default(settings, group));
        foreach (var thing in settings.Named(LogsSettings.Source))
            sources.Add(Named(settings, thing, group));

        if (sources.Count == 0 && !settings.Faults.Any(fault => fault.Variable == LogsSettings.Paths.Variable))
        {
            settings.Fault(
                LogsSettings.Paths.Variable, null, "the files to ship are expected, here or in a LOGS_SOURCE_<NAME>", LogsSettings.Paths.Example);
        }

        var deadLetters = Path.GetFullPath(settings.Get(DeadLetterSettings.Folder) ?? Path.Combine(stateFolder, "dead-letter"));
        List<string> ownPaths = [stateFolder, deadLetters, .. ownFile is null ? Array.Empty<string>() : [Path.GetFullPath(ownFile)]];
        return new LogsOptions(sources, ownPaths, stateFolder, Dns.GetHostName())
        {
            Shaping = ShapingPlan.Of(settings),
            Surroundings = SurroundingsOf(settings),
            TaskMetadata = TaskMetadataOf(settings, sources),
            MaxStreams = settings.Get(SurroundingsSettings.MaxStreams),
            OutOfRange = settings.Get(DeadLetterSettings.OutOfRange),
            DeadLetterFolder = deadLetters,
            DeadLetterLimit = settings.Get(DeadLetterSettings.Limit),
            PollInterval = settings.Get(LogsSettings.PollInterval),
            FlushInterval = settings.Get(LogsSettings.FlushInterval),
            QuietPeriod = settings.Get(LogsSettings.QuietPeriod),
            HoldLimit = settings.Get(TailSettings.HoldLimit),
            PartialTimeout = settings.Get(LogsSettings.PartialTimeout),
            MultilineTimeout = settings.Get(EventSettings.MultilineTimeout),
        };
    }

    /// What would happen, one line a source.
    public static IEnumerable<string> Lines(LogsOptions options)
    {
        foreach (var source in options.Sources)
        {
            var target = source.Group.Length == 0 ? $"{source.Stream}" : $"group {source.Group}, stream {source.Stream}";
            var except = source.Exclude.Count == 0 ? "" : $" except {Show(source.Exclude)}";
            yield return $"source {source.Name}: {Show(source.Paths)}{except} -> {target}";
        }

        yield return $"state: {options.StateFolder}";
    }

    private static Surroundings SurroundingsOf(BoundSettings settings)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var placeholder in (string[])[Placeholders.Pod, Placeholders.Namespace, Placeholders.Container, Placeholders.Node])
        {
            if (settings.Get(SurroundingsSettings.Of(placeholder)!) is { } value)
                known[placeholder] = value;
        }

        return new Surroundings(known);
    }

    /// Null when no name asks for the task. Says what the names ask for and is not there.
    private static Uri? TaskMetadataOf(BoundSettings settings, List<LogSource> sources)
    {
        var asked = sources.SelectMany(source => source.Stream.Placeholders.Concat(Placeholders.In(source.Group) ?? [])).Distinct().ToList();
        foreach (var placeholder in asked)
        {
            if (SurroundingsSettings.Of(placeholder) is { } variable && !settings.IsSet(variable))
                settings.Fault(variable.Variable, null, $"a group or stream is named after {{{placeholder}}}, which this variable has to tell", variable.Example);
        }

        if (!asked.Any(SurroundingsSettings.IsOfTask))
            return null;
        if (settings.Get(DestinationSettings.TaskMetadata) is { } address && Uri.TryCreate(address + "/task", UriKind.Absolute, out var url))
            return url;
        settings.Fault(
            DestinationSettings.TaskMetadata.Variable, null, "a group or stream is named after the task, and only ECS tells that, by this variable", DestinationSettings.TaskMetadata.Example);
        return null;
    }

    private static string Show(IReadOnlyList<Glob> globs) => string.Join(", ", globs.Select(glob => glob.Text));

    private static LogSource Default(BoundSettings settings, string group) => new()
    {
        Name = DefaultSource,
        Paths = settings.Get(LogsSettings.Paths),
        Exclude = settings.Get(LogsSettings.PathsExclude) ?? [],
        Group = group,
        Stream = settings.Get(LogsSettings.Stream),
        Start = settings.Get(LogsSettings.Start),
        Encoding = settings.Get(EventSettings.Encoding),
        Lines = settings.Get(EventSettings.Lines),
    };

    private static LogSource Named(BoundSettings settings, NamedThing thing, string group)
    {
        var paths = LogsSettings.ReadGlobs(thing.Value);
        if (!paths.IsRight)
            settings.Fault(thing.Variable, thing.Value, paths.Expected!, LogsSettings.Source.Example);

        return new LogSource
        {
            Name = thing.Name,
            Paths = paths.Value ?? [],
            Exclude = thing.Get(LogsSettings.SourceExclude) ?? [],
            Group = thing.Get(LogsSettings.SourceGroup) ?? group,
            Stream = thing.Get(LogsSettings.SourceStream),
            Start = thing.Get(LogsSettings.SourceStart),
            Encoding = thing.Get(EventSettings.SourceEncoding),
            Lines = thing.Get(EventSettings.SourceLines),
        };
    }
}
