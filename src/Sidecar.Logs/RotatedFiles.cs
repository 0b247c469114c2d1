using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// Finds what rotation left under names that nobody looks for: files that were not read to their end, files that came and went
/// between two looks or while no agent ran, and the copies of files that were truncated. They are read to their end, no more.
internal sealed partial class RotatedFiles(LogsOptions options, FileScan scan, OpenFiles files, TimeProvider time, ILoggerFactory loggers)
{
    /// Far less than finished files are remembered: what is unknown and was written since has never been read.
    private static readonly TimeSpan LongestLookBack = TimeSpan.FromHours(12);
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<string, WatchedName> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private readonly Siblings _siblings = new(time);
    private readonly CompressedFiles _compressed = new(options, files, time, loggers.CreateLogger<CompressedFiles>());
    private readonly ILogger<RotatedFiles> _logger = loggers.CreateLogger<RotatedFiles>();

    // Whether some may be copies of what is just being sent.
    private bool _hasUnclear;

    /// Whether not all of what may hold a rest could be looked at yet.
    public bool IsBehind => _compressed.IsBehind || _hasUnclear;

    /// From now on, or since it was last seen by an earlier run, nothing that bore this name shall be missed.
    public void Watch(string path, LogSource source, long? seenAtMs = null)
    {
        var sinceMs = seenAtMs ?? (time.GetUtcNow() - ClockTick).ToUnixTimeMilliseconds();
        if (_names.TryAdd(path, new WatchedName(path, source, sinceMs)))
            _folders.Add(Path.GetDirectoryName(path)!);
    }

    /// Takes up what an earlier run watched.
    public void WatchRemembered()
    {
        foreach (var name in files.Remembered.Kept(time.GetUtcNow()).GroupBy(one => one.WatchedName, StringComparer.Ordinal))
        {
            if (scan.SourceOf(name.Key) is { } source)
                Watch(name.Key, source, name.Max(one => one.SeenAtMs) - (long)ClockTick.TotalMilliseconds);
            else
                _folders.Add(Path.GetDirectoryName(name.Key)!);
        }
    }

    /// True when something was found.
    public bool Find()
    {
        var hasFound = false;
        _compressed.BeginLook();
        _hasUnclear = false;
        foreach (var folder in _folders)
        {
            // What was compressed may be the copy of one that is not, and is told by it then.
            var siblings = _siblings.IfChanged(folder).OrderBy(one => GzipBytes.IsOne(one.Path)).ThenBy(one => one.Stat.ModifiedMs).ToList();
            if (siblings.Count == 0)
                continue;

            var names = _names.Values.Where(name => Path.GetDirectoryName(name.Path) == folder).ToList();
            foreach (var (path, stat) in siblings)
            {
                if (files.Find(stat.Identity) is null && scan.SourceOf(path) is null)
                    hasFound |= GzipBytes.IsOne(path) ? TryCompressed(path, stat, siblings, names) : TryPlain(path, stat, names);
            }

            if (IsBehind)
                _siblings.LookAgain(folder);
        }

        return hasFound;
    }

    /// Copying and truncating leaves the rest that was not read in the copy: read on there. Returns how much of it there is, and null
    /// when it is nowhere.
    public long? FollowCopy(FileTail truncated, Bookmark left, StreamTarget target)
    {
        if (left.Head.Length == 0)
            return null;

        // The oldest one first: those after it are copies of what was written since. Where next to nothing was read, files that were
        // rotated before we came look the same.
        var sinceMs = left.Offset < Bookmark.HeadBytes && _names.TryGetValue(truncated.Path, out var name)
            ? Math.Min(name.SinceMs, truncated.OpenedModifiedMs)
            : 0;
        foreach (var (path, stat) in Siblings.Of(truncated.Path).Where(one => one.Stat.ModifiedMs >= sinceMs).OrderBy(one => one.Stat.ModifiedMs))
        {
            if (files.Find(stat.Identity) is not null
                || (GzipBytes.IsOne(path) && !(GzipBytes.Peek(path) is { } peeked && left.HeadIsIn(peeked.Head)))
                || FileTail.Open(truncated.Source, path, time.NowMs(), out _) is not { } copy)
            {
                continue;
            }

            // What was written between copying and truncating is in no copy, but we may have read it: then we are beyond the copy.
            var isOther = files.Remembered.Find(stat) is { } known && copy.Holds(known.Bookmark);
            if (!isOther && (copy.TryResume(left) || copy.TrySkipCopied(left)))
            {
                var unread = copy.Unread;
                Log.ReadingCopy(_logger, truncated.Path, unread, path);
                return files.TryFollowStray(copy, target, truncated.Name ?? truncated.Path) ? unread : null;
            }

            copy.Dispose();
        }

        return null;
    }

    private bool TryPlain(string path, FileStat stat, List<WatchedName> names) =>
        TryRemembered(path, stat) ?? TryMissed(path, path, stat, names) ?? false;

    private bool TryCompressed(string path, FileStat stat, List<(string Path, FileStat Stat)> siblings, List<WatchedName> names)
    {
        if (_compressed.TryOrigin(path, stat, siblings) is { } isKnown)
            return isKnown;

        var isMissed = TryMissed(path, Path.ChangeExtension(path, null), stat, names);
        if (isMissed is false)
            _compressed.Settle(stat);
        return isMissed ?? false;
    }

    /// Null when nothing is remembered of this file.
    private bool? TryRemembered(string path, FileStat stat)
    {
        if (files.Remembered.Find(stat) is not { } checkpoint)
            return null;
        if (checkpoint.Bookmark.Offset == stat.Size && stat.ModifiedMs <= checkpoint.SeenAtMs)
            return false;

        var source = options.Sources.FirstOrDefault(one => one.Name == checkpoint.Source);
        if (source is null || FileTail.Open(source, path, time.NowMs(), out _) is not { } tail)
            return false;

        if (checkpoint.IsOf(tail.Identity, tail.BornMs) && tail.TryResume(checkpoint.Bookmark))
        {
            using var moving = files.Moving.EnterScope();
            _ = files.Remembered.Claim(tail);
            return files.TryFollowStray(tail, LogsOptions.Again(source, checkpoint.Target), checkpoint.WatchedName);
        }

        // Another file has got the inode.
        tail.Dispose();
        return null;
    }

    /// Takes up a file that bore a name before it was rotated, and perhaps compressed. Null when it is not clear yet.
    private bool? TryMissed(string path, string uncompressedPath, FileStat stat, List<WatchedName> names)
    {
        var earliestMs = (time.GetUtcNow() - LongestLookBack).ToUnixTimeMilliseconds();
        if (stat.Size == 0 || FileScan.IsCompressed(uncompressedPath)
            || names.Find(one => RotationName.IsOf(one.Path, uncompressedPath) || one.Path == uncompressedPath) is not { } name
            || stat.ModifiedMs < Math.Max(name.SinceMs, earliestMs))
        {
            return false;
        }

        if (options.TargetOf(name.Source, name.Path, time.GetUtcNow()) is not { } target
            || (GzipBytes.IsOne(path) && !_compressed.HasRoom()) || FileTail.Open(name.Source, path, time.NowMs(), out _) is not { } tail)
            return null;

        if (IsCopy(tail, name.Path))
        {
            tail.Dispose();
            _siblings.LookAgain(Path.GetDirectoryName(path)!);
            return null;
        }

        using var moving = files.Moving.EnterScope();
        _ = files.Remembered.Claim(tail);
        Log.Missed(_logger, path, name.Path);
        return files.TryFollowStray(tail, target, name.Path);
    }

    /// Whether a file may be a copy of the one that bears the name: what it holds is read from that one, until that is truncated
    /// and it has become clear how far it was read.
    private bool IsCopy(FileTail tail, string name)
    {
        if (files.Bearing(name) is not { } bearer || bearer.Tail.BornMs > tail.ModifiedMs)
            return false;

        var isUnclear = files.IsUnderWay(bearer) || bearer.Tail.CheckReplaced();
        _hasUnclear |= isUnclear;
        return isUnclear || tail.IsBeginningOf(bearer.Tail);
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
