using System.Text;
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
        var scan = new FileScan(options.Sources, options.OwnPaths, TimeProvider.System);
        var found = scan.Run();
        var matched = new HashSet<Checkpoint>();
        foreach (var (path, source) in found.OrderBy(one => one.Key, StringComparer.Ordinal))
            output.WriteLine($"{Show(path)}  {Describe(options, path, source, remembered, matched)}");

        foreach (var source in options.Sources.Where(source => !found.Values.Contains(source)))
            output.WriteLine($"source {source.Name}: no file matches {string.Join(", ", source.Paths.Select(glob => glob.Text).Distinct())} yet");
        foreach (var folder in scan.Denied.Order(StringComparer.Ordinal))
            output.WriteLine($"{Show(folder)}  may not be looked into: no file in it is read");
        var rests = remembered.Where(one => !matched.Contains(one)).ToList();
        foreach (var rest in rests.Where(one => one.Unread > 0))
            output.WriteLine($"{Show(rest.Path)}  {DescribeRest(rest, scan)}");
        if (rests.Count(one => one.Unread == 0) is var finished and > 0)
            output.WriteLine($"{finished} files that were rotated or removed are remembered as read to their end");
        if (fault.Length > 0)
            output.WriteLine($"the state in {options.StateFolder} can't be read ({fault}): everything would be read from its beginning");
    }

    private static string Describe(
        LogsOptions options, string path, LogSource source, List<Checkpoint> remembered, HashSet<Checkpoint> matched)
    {
        if (FileStat.Of(path) is not { } stat)
            return "is gone, or may not be looked at";
        if (!stat.IsRegular)
            return "is not a regular file: it is not read";
        if (FileTail.Open(source, path, 0, out var reason) is not { } tail)
            return $"is not read: {reason ?? "it is gone"}";

        using (tail)
        {
            var checkpoint = remembered.Find(one => one.IsOf(stat.Identity, stat.BornMs));
            var target = checkpoint is null ? options.TargetOf(source, path, TimeProvider.System.GetUtcNow()) : LogsOptions.Again(source, checkpoint.Target);
            var where = $"source {source.Name} -> {target?.ToString() ?? "a stream that the task's metadata names"}, ";
            if (checkpoint is null)
                return $"{where}nothing of {stat.Size} bytes acknowledged";
            if (!tail.Holds(checkpoint.Bookmark))
                return $"{where}nothing of {stat.Size} bytes acknowledged: it holds something else than the {checkpoint.Bookmark.Offset} bytes that were";

            matched.Add(checkpoint);
            return $"{where}{checkpoint.Bookmark.Offset} of {stat.Size} bytes acknowledged";
        }
    }

    private static string DescribeRest(Checkpoint rest, FileScan scan)
    {
        var progress = $"({rest.Identity}): {rest.Bookmark.Offset} of {rest.Size} bytes acknowledged; ";
        foreach (var (path, stat) in Siblings.Of(rest.Path))
        {
            if (rest.IsOf(stat.Identity, stat.BornMs) && scan.SourceOf(path) is null)
                return $"{progress}the rest is in {Show(path)}";
            if (GzipBytes.IsOne(path) && GzipBytes.Peek(path) is { } peeked && rest.Bookmark.HeadIsIn(peeked.Head))
                return $"{progress}the rest may be in {Show(path)}, compressed";
        }

        return $"{progress}it is not in its folder any more, unless a running agent holds it open";
    }

    /// A name may hold line ends, and whatever else would make an answer look like two.
    private static string Show(string path)
    {
        path = RawPath.ToShow(path);
        if (!path.Any(char.IsControl))
            return path;

        var shown = new StringBuilder();
        foreach (var character in path)
            _ = char.IsControl(character) ? shown.Append($"\\u{(int)character:x4}") : shown.Append(character);
        return shown.ToString();
    }
}
