using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Following;

/// Finds what rotation left under names that nobody looks for: files that were not read to their end, files that came and went
/// between two looks or while no agent ran, and the copies of files that were truncated. They are read to their end, no more.
internal sealed partial class RotatedFiles(
    LogsOptions options, FileScan scan, OpenFiles files, LogsMetrics metrics, TimeProvider time, ILoggerFactory loggers)
{
    /// How often a folder is looked through for a copy while files in it are renamed.
    private const int MostLooks = 10;

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

    // Whether some could not be opened, belong to files that can't be followed yet, or look like copies.
    private bool _hasUnseen;

    /// Whether not all of what may hold a rest could be looked at yet.
    public bool IsBehind => _compressed.IsBehind || _hasUnclear;

    /// Whether all that lies in the folders is either followed or known to be of no interest.
    public bool HasSeenAll => !IsBehind && !_hasUnseen;

    /// From now on nothing that bore this name shall be missed, nor anything since all was seen for the last time: by then it was not
    /// there. One that was there already, and could not be followed, says itself since when. True when the name is new.
    public bool Watch(string path, LogSource source, long sinceMs)
    {
        if (!_names.TryAdd(path, new WatchedName(path, source, Math.Min(sinceMs, files.ScannedAtMs) - (long)ClockTick.TotalMilliseconds)))
            return false;

        _folders.Add(Path.GetDirectoryName(path)!);
        return true;
    }

    /// Takes up what an earlier run watched.
    public void WatchRemembered()
    {
        foreach (var name in files.Remembered.Kept(time.GetUtcNow()).GroupBy(one => one.WatchedName, StringComparer.Ordinal))
        {
            if (scan.SourceOf(name.Key) is { } source)
                Watch(name.Key, source, name.Max(one => one.SeenAtMs));
            else
                _folders.Add(Path.GetDirectoryName(name.Key)!);
        }
    }

    /// True when something was found.
    public bool Find()
    {
        var hasFound = false;
        _compressed.BeginLook();
        _hasUnclear = _hasUnseen = false;
        foreach (var folder in _folders)
        {
            // What was compressed may be the copy of one that is not, and is told by it then.
            var siblings = _siblings.IfChanged(folder).OrderBy(one => GzipBytes.IsOne(one.Path)).ThenBy(one => one.Stat.ModifiedNs).ToList();
            if (siblings.Count == 0)
                continue;

            // What is known comes first: the others may be copies of it.
            foreach (var (path, stat) in siblings.Where(one => !GzipBytes.IsOne(one.Path) && IsNew(one.Path, one.Stat)))
                hasFound |= TryRemembered(path, stat);

            var names = _names.Values.Where(name => Path.GetDirectoryName(name.Path) == folder).ToList();
            foreach (var (path, stat) in siblings.Where(one => IsNew(one.Path, one.Stat)))
                hasFound |= GzipBytes.IsOne(path) ? TryCompressed(path, stat, siblings, names) : TryPlain(path, stat, names);

            if (!HasSeenAll)
                _siblings.LookAgain(folder);
        }

        return hasFound;
    }

    /// A file of this name was truncated, with so much unread. What is in no copy is lost.
    public void Truncated(LogSource source, string name, Bookmark left, long modifiedMs, long unread, StreamTarget target)
    {
        metrics.Truncated(source.Name);
        var copied = FollowCopy(source, name, left, modifiedMs, target);
        var lost = unread - (copied ?? 0);
        if (lost > 0)
        {
            Log.TruncatedUnread(_logger, name, lost);
            metrics.Lost(source.Name, lost);
        }
        else if (copied is null)
        {
            Log.Truncated(_logger, name);
        }
    }

    /// Copying and truncating leaves the rest that was not read in the copy, which is no older than what was left: read on there. Returns
    /// how much of it there is, and null when it is nowhere.
    public long? FollowCopy(LogSource source, string name, Bookmark left, long modifiedMs, StreamTarget target)
    {
        if (left.Head.Length == 0)
            return null;

        // The oldest one first: those after it are copies of what was written since. Where next to nothing was read, files that were
        // rotated before we came look the same.
        var sinceMs = left.Offset < Bookmark.HeadBytes && _names.TryGetValue(name, out var watched)
            ? Math.Min(watched.SinceMs, modifiedMs)
            : 0;
        var siblings = List();
        for (var looks = 1; ; looks++)
        {
            // What was written between copying and truncating is in no copy, but we may have read it: then we are beyond the copy. That only
            // its head can tell, which other generations may have, too.
            var found = FollowCopy(source, name, siblings, left, target, static (copy, left) => copy.TryResume(left))
                ?? FollowCopy(source, name, siblings, left, target, static (copy, left) => copy.TrySkipCopied(left));
            if (found is not null || looks == MostLooks)
                return found;
            // Rotation may have gone on meanwhile: then what was looked for has another name.
            var now = List();
            if (now.Select(NameAndIdentity).SequenceEqual(siblings.Select(NameAndIdentity)))
                return null;
            siblings = now;
        }

        List<(string Path, FileStat Stat)> List() =>
            [.. Siblings.Of(name).Where(one => one.Stat.ModifiedMs >= sinceMs).OrderBy(one => one.Stat.ModifiedNs).ThenBy(one => one.Path, StringComparer.Ordinal)];

        static (string, FileIdentity) NameAndIdentity((string Path, FileStat Stat) one) => (one.Path, one.Stat.Identity);
    }

    private long? FollowCopy(
        LogSource source, string name, List<(string Path, FileStat Stat)> siblings, Bookmark left, StreamTarget target, Func<FileTail, Bookmark, bool> isCopy)
    {
        foreach (var (path, stat) in siblings)
        {
            if (files.Find(stat.Identity) is not null
                || (GzipBytes.IsOne(path) && !(GzipBytes.Peek(path) is { } peeked && left.HeadIsIn(peeked.Head)))
                || FileTail.Open(source, path, time.NowMs(), out _) is not { } copy)
            {
                continue;
            }

            var isOther = files.Remembered.Find(stat) is { } known && copy.Holds(known.Bookmark);
            if (!isOther && isCopy(copy, left))
            {
                var unread = copy.Unread;
                Log.ReadingCopy(_logger, name, unread, path);
                return files.TryFollowStray(copy, target, name) ? unread : null;
            }

            copy.Dispose();
        }

        return null;
    }

    /// Neither open nor looked for under this name.
    private bool IsNew(string path, FileStat stat) => files.Find(stat.Identity) is null && scan.SourceOf(path) is null;

    private bool TryPlain(string path, FileStat stat, List<WatchedName> names) =>
        (files.Remembered.Find(stat) is not { } known || !IsReadTo(known, stat)) && TryMissed(path, path, stat, names) is true;

    private bool TryCompressed(string path, FileStat stat, List<(string Path, FileStat Stat)> siblings, List<WatchedName> names)
    {
        if (_compressed.TryOrigin(path, stat, siblings) is { } isKnown)
            return isKnown;

        var isMissed = TryMissed(path, Path.ChangeExtension(path, null), stat, names);
        if (isMissed is false)
            _compressed.Settle(stat);
        return isMissed ?? false;
    }

    private static bool IsReadTo(Checkpoint checkpoint, FileStat stat) =>
        checkpoint.Bookmark.Offset == stat.Size && checkpoint.IsUnchangedSince(stat.ModifiedMs);

    /// Takes up a file that is remembered, or what it held before it was truncated.
    private bool TryRemembered(string path, FileStat stat)
    {
        if (files.Remembered.Find(stat) is not { } checkpoint || IsReadTo(checkpoint, stat)
            || options.Sources.FirstOrDefault(one => one.Name == checkpoint.Source) is not { } source
            || FileTail.Open(source, path, time.NowMs(), out _) is not { } tail)
        {
            return false;
        }

        var target = LogsOptions.Again(source, checkpoint.Target);
        var isIt = checkpoint.IsOf(tail.Identity, tail.BornMs) && tail.TryResume(checkpoint.Bookmark);
        using var moving = files.Moving.EnterScope();
        _ = files.Remembered.Claim(tail);
        if (!isIt)
            Truncated(source, checkpoint.WatchedName, checkpoint.Bookmark, checkpoint.ModifiedMs, checkpoint.Unread, target);
        if (isIt || checkpoint.IsSurelyOf(tail.BornMs))
            return files.TryFollowStray(tail, target, checkpoint.WatchedName);

        // Perhaps another file has got the inode: that one is looked for as any other.
        tail.Dispose();
        return true;
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
        {
            _hasUnseen = true;
            return null;
        }

        // An archive to which every generation is appended holds what was read long ago, too.
        if (tail.IsOfParts)
        {
            tail.Dispose();
            return false;
        }

        if (IsCopy(tail, name.Path))
        {
            tail.Dispose();
            _hasUnseen = true;
            return null;
        }

        using var moving = files.Moving.EnterScope();
        _ = files.Remembered.Claim(tail);
        // A copy that keeps its original's time, of one that is gone.
        if (files.Remembered.All.FirstOrDefault(one => one.WatchedName == name.Path && one.ModifiedMs == stat.ModifiedMs && one.Bookmark.Offset > 0 && tail.TryResume(one.Bookmark)) is { } original)
            files.Remembered.Remove(original);
        Log.Missed(_logger, path, name.Path);
        return files.TryFollowStray(tail, target, name.Path);
    }

    /// Whether a file may be a copy of the one that bears the name, or has borne it: what it holds is read from that one, until that is
    /// truncated and it has become clear how far it was read.
    private bool IsCopy(FileTail tail, string name)
    {
        // It may be one of a file that is not followed yet.
        if (FileStat.Of(name) is { } there && files.Find(there.Identity) is null && !tail.IsMadeBefore(there))
            return true;

        var bearer = files.Bearing(name);
        foreach (var file in files.All.Where(one => one.Tail.Lineage == name && one.Tail.MayBeOriginalOf(tail.Seen) && !tail.IsMadeBefore(one.Tail.Seen)))
        {
            var isUnclear = file.Tail.CheckReplaced() || (file == bearer && files.IsUnderWay(file));
            _hasUnclear |= isUnclear;
            if (isUnclear || (file == bearer && tail.IsBeginningOf(file.Tail)))
                return true;
        }

        return false;
    }

    /// A name under which files are found, and since when no file that bore it goes unnoticed.
    private sealed record WatchedName(string Path, LogSource Source, long SinceMs);

    private static partial class Log
    {
        [LoggerMessage(1105, LogLevel.Information, "'{Path}' was truncated or written anew; starting again at its beginning.")]
        public static partial void Truncated(ILogger logger, string path);

        [LoggerMessage(1106, LogLevel.Error,
            "'{Path}' was truncated before {Lost} bytes of it were read: they are lost; starting again at its beginning.")]
        public static partial void TruncatedUnread(ILogger logger, string path, long lost);

        [LoggerMessage(1107, LogLevel.Information, "'{Path}' was copied and truncated; its last {Unread} bytes are read from '{Copy}'.")]
        public static partial void ReadingCopy(ILogger logger, string path, long unread, string copy);

        [LoggerMessage(1111, LogLevel.Information, "'{Path}' was rotated away from '{Name}' before it was seen there; it is read now.")]
        public static partial void Missed(ILogger logger, string path, string name);
    }
}
