using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// Finds what rotation left under names that nobody looks for: files that were not read to their end, files that came and went
/// between two looks or while no agent ran, and the copies of files that were truncated. They are read to their end, no more.
internal sealed partial class RotatedFiles(LogsOptions options, FileScan scan, OpenFiles files, TimeProvider time, ILogger<RotatedFiles> logger)
{
    /// Far less than finished files are remembered: what is unknown and was written since has never been read.
    private static readonly TimeSpan LongestLookBack = TimeSpan.FromHours(12);
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, WatchedName> _names = new(StringComparer.Ordinal);
    private readonly Siblings _siblings = new(time);

    /// From now on, or since it was last seen by an earlier run, nothing that bore this name shall be missed.
    public void Watch(string path, LogSource source, long? seenAtMs = null) =>
        _names.TryAdd(path, new WatchedName(path, source, seenAtMs ?? (time.GetUtcNow() - ClockTick).ToUnixTimeMilliseconds()));

    /// Takes up what an earlier run watched.
    public void WatchRemembered()
    {
        foreach (var name in files.Remembered.Kept(time.GetUtcNow()).GroupBy(one => one.Path, StringComparer.Ordinal))
        {
            if (scan.SourceOf(name.Key) is { } source)
                Watch(name.Key, source, name.Max(one => one.SeenAtMs) - (long)ClockTick.TotalMilliseconds);
        }
    }

    /// True when something was found.
    public bool Find()
    {
        var hasFound = false;
        foreach (var folder in _names.Values.GroupBy(name => Path.GetDirectoryName(name.Path)!, StringComparer.Ordinal))
        {
            foreach (var (path, stat) in _siblings.IfChanged(folder.Key).OrderBy(sibling => sibling.Stat.ModifiedMs))
            {
                if (files.Find(stat.Identity) is null && scan.SourceOf(path) is null)
                    hasFound |= TryRemembered(path, stat) ?? TryMissed(path, stat, folder);
            }
        }

        return hasFound;
    }

    /// Copying and truncating leaves the rest that was not read in the copy: read on there.
    public bool FollowCopy(FileTail truncated, Bookmark left, StreamTarget target)
    {
        if (left.Offset == 0)
            return false;

        foreach (var (path, stat) in Siblings.Of(truncated.Path))
        {
            if (files.Find(stat.Identity) is not null || files.Remembered.Find(stat.Identity) is not null
                || FileTail.Open(truncated.Source, path, time.NowMs(), out _) is not { } copy)
            {
                continue;
            }

            // What was written between copying and truncating is in no copy, but we may have read it: then we are beyond the copy.
            if (copy.TryResume(left) || copy.TrySkipCopied(left))
            {
                Log.ReadingCopy(logger, truncated.Path, copy.Unread, path);
                return Follow(copy, target);
            }

            copy.Dispose();
        }

        return false;
    }

    /// Null when nothing is remembered of this file.
    private bool? TryRemembered(string path, FileStat stat)
    {
        if (files.Remembered.Find(stat.Identity) is not { } checkpoint)
            return null;
        if (checkpoint.Bookmark.Offset == stat.Size && stat.ModifiedMs <= checkpoint.SeenAtMs)
            return false;

        var source = options.Sources.FirstOrDefault(one => one.Name == checkpoint.Source);
        if (source is null || FileTail.Open(source, path, time.NowMs(), out _) is not { } tail)
            return false;

        if (tail.Identity == checkpoint.Identity && tail.TryResume(checkpoint.Bookmark))
        {
            _ = files.Remembered.Claim(tail);
            return Follow(tail, checkpoint.Target with { Group = source.Group });
        }

        // Another file has got the inode.
        tail.Dispose();
        return null;
    }

    private bool TryMissed(string path, FileStat stat, IEnumerable<WatchedName> names)
    {
        var earliestMs = (time.GetUtcNow() - LongestLookBack).ToUnixTimeMilliseconds();
        if (stat.Size == 0 || FileScan.IsCompressed(path)
            || names.FirstOrDefault(one => RotationName.IsOf(one.Path, path)) is not { } name
            || stat.ModifiedMs < Math.Max(name.SinceMs, earliestMs)
            || FileTail.Open(name.Source, path, time.NowMs(), out _) is not { } tail)
        {
            return false;
        }

        if (IsCopy(tail, name.Path))
        {
            tail.Dispose();
            _siblings.LookAgain(Path.GetDirectoryName(path)!);
            return false;
        }

        _ = files.Remembered.Claim(tail);
        Log.Missed(logger, path, name.Path);
        return Follow(tail, new StreamTarget(name.Source.Group, name.Source.Stream.Fill(options.Hostname, name.Path, name.Source.Name)));
    }

    /// Whether a file may be a copy of the one that bears the name: what it holds is read from that one, until that is truncated
    /// and it has become clear how far it was read.
    private bool IsCopy(FileTail tail, string name) =>
        files.Bearing(name) is { } bearer && (files.IsUnderWay(bearer) || bearer.Tail.CheckReplaced() || tail.IsBeginningOf(bearer.Tail));

    private bool Follow(FileTail tail, StreamTarget target)
    {
        tail.IsStray = true;
        tail.LostNameAt = time.NowMs();
        return files.TryFollow(tail, target);
    }

    /// A name under which files are found, and since when no file that bore it goes unnoticed.
    private sealed record WatchedName(string Path, LogSource Source, long SinceMs);

    private static partial class Log
    {
        [LoggerMessage(1107, LogLevel.Information, "'{Path}' was copied and truncated; its last {Unread} bytes are read from '{Copy}'.")]
        public static partial void ReadingCopy(ILogger logger, string path, long unread, string copy);

        [LoggerMessage(1111, LogLevel.Information, "'{Path}' was rotated away from '{Name}' before it was seen there; it is read now.")]
        public static partial void Missed(ILogger logger, string path, string name);
    }
}
