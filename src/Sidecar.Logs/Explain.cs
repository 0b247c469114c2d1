using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// Answers which files match, which stream each goes to, and where its offset is, beside a running agent and without disturbing it.
internal static class Explain
{
    public static void Write(LogsOptions options, TextWriter output)
    {
        var remembered = CheckpointStore.Read(options.StateFolder, out var fault) ?? [];
        var found = new FileScan(options.Sources, options.OwnPaths, TimeProvider.System).Run();
        foreach (var (path, source) in found.OrderBy(one => one.Key, StringComparer.Ordinal))
            output.WriteLine($"{path}  {Describe(options, path, source, remembered)}");

        foreach (var source in options.Sources.Where(source => !found.Values.Contains(source)))
            output.WriteLine($"source {source.Name}: no file matches {string.Join(", ", source.Paths.Select(glob => glob.Text))} yet");
        foreach (var rest in remembered.Where(one => !found.Keys.Any(path => FileStat.Of(path)?.Identity == one.Identity)))
            output.WriteLine($"{rest.Path}  ({rest.Identity}) was rotated, removed or is matched no more: {rest.Bookmark.Offset} of {rest.Size} bytes acknowledged");
        if (fault.Length > 0)
            output.WriteLine($"the state in {options.StateFolder} can't be read ({fault}): everything would be read from its beginning");
    }

    private static string Describe(LogsOptions options, string path, LogSource source, List<Checkpoint> remembered)
    {
        if (FileStat.Of(path) is not { } stat)
            return "is gone, or may not be looked at";
        if (!stat.IsRegular)
            return "is not a regular file: it is not read";

        var checkpoint = remembered.Find(one => one.Identity == stat.Identity);
        var stream = checkpoint?.Target.Stream ?? source.Stream.Fill(options.Hostname, path, source.Name);
        var progress = checkpoint is null
            ? $"nothing of {stat.Size} bytes acknowledged"
            : $"{checkpoint.Bookmark.Offset} of {stat.Size} bytes acknowledged";
        return $"source {source.Name} -> {new StreamTarget(source.Group, stream)}, {progress}";
    }
}
