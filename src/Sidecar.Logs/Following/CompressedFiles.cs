using Microsoft.Extensions.Logging;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Following;

/// Knows rotated files that were compressed as the files that they came from, by what they hold, and reads in them what was not
/// read before. What was read under one name is never read again under another.
internal sealed partial class CompressedFiles(LogsOptions options, OpenFiles files, TimeProvider time, ILogger<CompressedFiles> logger)
{
    /// Each one that is being read costs a window of memory.
    private const int MostAtOnce = 4;

    // They do not change any more, so one look at each is enough.
    private readonly Dictionary<FileIdentity, FileStat> _settled = [];

    /// Whether some wait for others to be read to their end.
    public bool IsBehind { get; private set; }

    public void BeginLook() => IsBehind = false;

    /// Nothing is to be read in this one.
    public void Settle(FileStat stat) => _settled[stat.Identity] = stat;

    /// True when there is something to read in it that the file it came from was not read for, false when there is nothing, or not
    /// yet, and null when nobody knows where it came from. Siblings are the files that lie in the same folder.
    public bool? TryOrigin(string path, FileStat stat, IReadOnlyList<(string Path, FileStat Stat)> siblings)
    {
        if (_settled.TryGetValue(stat.Identity, out var settled) && settled.Size == stat.Size && settled.ModifiedNs == stat.ModifiedNs)
            return false;
        if (GzipBytes.Peek(path) is not { } peeked)
            return null;

        // What it came from may have been written to since it was looked at, for the first time even.
        foreach (var file in files.All)
            file.Tail.Look(time.NowMs());
        var remembered = files.Remembered.All
            .Where(one => one.Bookmark.HeadIsIn(peeked.Head) && !IsAnother(one, stat, siblings))
            .ToList();
        var open = files.All.Select(one => one.Tail)
            .Where(tail => tail.MayBeOriginalOf(stat) && tail.SeenBookmark.HeadIsIn(peeked.Head))
            .ToList();
        if (open.Exists(tail => tail.Seen.ModifiedNs == stat.ModifiedNs && (uint)tail.Size == peeked.Length))
            return Settled(stat);
        if (remembered.Find(one => one.Unread == 0 && (uint)one.Size == peeked.Length && one.IsUnchangedSince(stat.ModifiedMs)) is { } done)
            return Known(done, path, stat, siblings);
        if (remembered.Count == 0 && open.Count == 0)
            return null;
        if (!HasRoom())
            return false;

        // Only all of it, inflated, tells for sure.
        if (GzipBytes.Open(path, out var reason) is not { } bytes)
        {
            Log.NotWhole(logger, path, reason ?? "it is gone");
            return false;
        }

        if (open.Exists(tail => tail.HoldsAllOf(bytes)))
        {
            bytes.Dispose();
            return Settled(stat);
        }

        var origin = remembered.OrderByDescending(one => one.IsOf(stat.Identity, stat.BornMs))
            .FirstOrDefault(one => one.Size <= bytes.Look().Size && one.Bookmark.IsIn(bytes));
        // What was appended to all of the origin is another file, which was read as such.
        if (origin is not null && origin.Bookmark.Offset < bytes.Look().Size && !(origin.Unread == 0 && bytes.HasFirstPart(origin.Size)))
            return Follow(origin, path, bytes);

        bytes.Dispose();
        return origin is null ? null : Known(origin, path, stat, siblings);
    }

    /// Whether another one can be opened now; if not, it is looked at again.
    public bool HasRoom()
    {
        if (files.All.Count(one => one.Tail.IsCompressed) < MostAtOnce)
            return true;

        IsBehind = true;
        return false;
    }

    /// Whether it is known that a file became another compressed one, which holds the same.
    private static bool IsAnother(Checkpoint origin, FileStat stat, IReadOnlyList<(string Path, FileStat Stat)> siblings) =>
        !origin.IsOf(stat.Identity, stat.BornMs)
        && siblings.Any(one => GzipBytes.IsOne(one.Path) && origin.IsOf(one.Stat.Identity, one.Stat.BornMs));

    private bool Settled(FileStat stat)
    {
        Settle(stat);
        return false;
    }

    /// What is remembered of the origin, which was read to its end, holds for this one from now on.
    private bool Known(Checkpoint origin, string path, FileStat stat, IReadOnlyList<(string Path, FileStat Stat)> siblings)
    {
        Settle(stat);
        if (origin.IsOf(stat.Identity, stat.BornMs))
            return false;

        using var moving = files.Moving.EnterScope();
        // One that is still there beside what was made of it would be taken for a new one.
        if (!siblings.Any(one => origin.IsOf(one.Stat.Identity, one.Stat.BornMs)))
            files.Remembered.Remove(origin);
        // Others in the folder may not have been looked at yet, so this is not the time when all was seen.
        files.Remembered.Add(origin with { Identity = stat.Identity, BornMs = stat.BornMs, Path = path, Name = origin.WatchedName });
        Log.Known(logger, path, origin.Path);
        return true;
    }

    private bool Follow(Checkpoint origin, string path, GzipBytes bytes)
    {
        if (options.Sources.FirstOrDefault(one => one.Name == origin.Source) is not { } source)
        {
            bytes.Dispose();
            return false;
        }

        var tail = FileTail.Over(source, path, bytes, time.NowMs());
        tail.Bookmark = origin.Bookmark;
        using var moving = files.Moving.EnterScope();
        files.Remembered.Remove(origin);
        Log.ReadingRest(logger, path, origin.Path, origin.Identity, tail.Unread);
        return files.TryFollowStray(tail, LogsOptions.Again(source, origin.Target), origin.WatchedName);
    }

    private static partial class Log
    {
        [LoggerMessage(1112, LogLevel.Information, "'{Path}' is '{Origin}' ({Identity}), compressed; the {Unread} bytes that were not read of it are read now.")]
        public static partial void ReadingRest(ILogger logger, string path, string origin, FileIdentity identity, long unread);

        [LoggerMessage(1113, LogLevel.Debug, "'{Path}' is '{Origin}', compressed, and was read to its end.")]
        public static partial void Known(ILogger logger, string path, string origin);

        [LoggerMessage(1114, LogLevel.Debug, "'{Path}' can't be inflated now: {Reason}. It is looked at again when its folder changes.")]
        public static partial void NotWhole(ILogger logger, string path, string reason);
    }
}
