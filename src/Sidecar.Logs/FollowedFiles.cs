using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// All files that are being read and the streams that they feed: finds new ones, follows rotation, notices truncation, and lets
/// go of files that are done. Scan and Poll are for one loop; what only looks may be called from anywhere.
internal sealed partial class FollowedFiles : IDisposable
{
    private readonly LogsOptions _options;
    private readonly FileScan _scan;
    private readonly LogsMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<FollowedFiles> _logger;
    private readonly UnclaimedCheckpoints _unclaimed;
    private readonly ConcurrentDictionary<FileIdentity, FollowedFile> _files = new();
    private readonly ConcurrentDictionary<StreamTarget, LogStream> _streams = new();
    private readonly HashSet<string> _complaints = new(StringComparer.Ordinal);
    private readonly bool _isFirstStart;
    private bool _hasScanned;

    /// Remembered is null when no state was ever there: only then may the past of a file be skipped.
    public FollowedFiles(
        LogsOptions options,
        IReadOnlyList<Checkpoint>? remembered,
        bool isFirstStart,
        LogsMetrics metrics,
        TimeProvider time,
        ILogger<FollowedFiles> logger)
    {
        _options = options;
        _scan = new FileScan(options.Sources, options.OwnPaths);
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _unclaimed = new UnclaimedCheckpoints(remembered ?? []);
        _isFirstStart = isFirstStart;
        Timeouts = new TailTimeouts(options.PartialTimeout, options.MultilineTimeout);
    }

    public TailTimeouts Timeouts { get; }

    public IEnumerable<FollowedFile> All => _files.Values;

    public long UnreadBytes => _files.Values.Sum(file => file.Tail.Unread);

    public IReadOnlyList<SourceBacklog> Backlog() =>
    [
        .. _options.Sources.Select(source =>
        {
            var files = _files.Values.Where(file => file.Tail.Source == source).ToList();
            return new SourceBacklog(source.Name, files.Count, files.Sum(file => file.Tail.Unread));
        }),
    ];

    /// What is to be remembered now.
    public IReadOnlyList<Checkpoint> Checkpoints()
    {
        var now = _time.GetUtcNow();
        return [.. _files.Values.Select(file => file.ToCheckpoint(now)), .. _unclaimed.Kept(now)];
    }

    /// Looks for files that are not followed yet. True when what has to be remembered changed.
    public bool Scan()
    {
        var hasChanged = false;
        foreach (var (path, source) in _scan.Run())
            hasChanged |= Adopt(path, source);

        if (!_hasScanned)
        {
            _hasScanned = true;
            hasChanged |= FindRotated();
        }

        return hasChanged;
    }

    /// Looks at every file once, and offers each stream that has something to send, claimed for whoever takes it. True when what
    /// has to be remembered changed.
    public bool Poll(Action<LogStream> offer, bool isHurried)
    {
        var now = _time.NowMs();
        var hasChanged = false;
        foreach (var stream in _streams.Values)
        {
            var isDue = false;
            long unread = 0;
            foreach (var tail in stream.Files)
            {
                isDue |= Look(stream, tail, now, ref hasChanged);
                unread += tail.Unread;
            }

            var isWorthIt = isHurried || now >= stream.NextSendAt || unread >= BatchLimits.MaxBytes;
            if (isDue && isWorthIt && now >= stream.RetryAt && stream.TryClaim())
                offer(stream);
        }

        return hasChanged;
    }

    /// Whether nothing waits, not even at someone who has claimed a stream.
    public bool IsDone() => UnreadBytes == 0 && _streams.Values.All(stream => stream.IsFree);

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Tail.Dispose();
    }

    /// True when the file has something to send.
    private bool Look(LogStream stream, FileTail tail, long now, ref bool hasChanged)
    {
        try
        {
            var isDue = tail.Poll(now, Timeouts);
            hasChanged |= LookAtName(tail, now);
            if (tail.IsReplaced && stream.TryClaim())
            {
                Restart(tail);
                stream.Release();
                hasChanged = true;
                return false;
            }

            if (tail.LostNameAt is { } lostAt && tail.Unread == 0 && !tail.IsReplaced
                && now - lostAt >= QuietMs && tail.QuietMs(now) >= QuietMs && stream.TryClaim())
            {
                LetGo(stream, tail);
                stream.Release();
                hasChanged = true;
                Log.Finished(_logger, tail.Path, tail.Identity);
                return false;
            }

            return isDue;
        }
        catch (IOException e) when (stream.TryClaim())
        {
            // A stale handle never comes back to life; the next scan opens the file anew where it was left.
            Log.Broken(_logger, tail.Path, e.Message);
            _unclaimed.Add(_files[tail.Identity].ToCheckpoint(_time.GetUtcNow()));
            LetGo(stream, tail);
            stream.Release();
            return false;
        }
    }

    private long QuietMs => (long)_options.QuietPeriod.TotalMilliseconds;

    /// Notices that a file is no longer what its name leads to, and takes up at once what took its place.
    private bool LookAtName(FileTail tail, long now)
    {
        if (tail.IsStray)
            return false;

        var there = FileStat.Of(tail.Path);
        if (there?.Identity == tail.Identity)
        {
            tail.LostNameAt = null;
            return false;
        }

        if (tail.LostNameAt is null)
        {
            tail.LostNameAt = now;
            _metrics.Rotated(tail.Source.Name);
            Log.LostName(_logger, tail.Path, tail.Identity, tail.Unread);
        }

        return there is not null && _scan.SourceOf(tail.Path) is { } source && Adopt(tail.Path, source);
    }

    private bool Adopt(string path, LogSource source)
    {
        if (FileStat.Of(path) is not { } stat)
            return false;

        if (_files.TryGetValue(stat.Identity, out var known))
        {
            // Rotation gave it another name that is looked for, too.
            if (known.Tail.LostNameAt is not null)
            {
                known.Tail.Path = path;
                known.Tail.LostNameAt = null;
                known.Tail.IsStray = false;
            }

            return false;
        }

        var now = _time.NowMs();
        if (FileTail.Open(source, path, now, out var reason) is not { } tail)
        {
            if (reason is not null && _complaints.Add(path))
                Log.NotReadable(_logger, path, reason);
            return false;
        }

        _complaints.Remove(path);
        var target = new StreamTarget(source.Group, source.Stream.Fill(_options.Hostname, path, source.Name));
        if (_unclaimed.Claim(tail) is { } checkpoint)
            target = Resume(tail, checkpoint, target);
        else if (source.Start == LogStart.End && _isFirstStart && !_hasScanned)
            tail.SkipToEnd();

        return Follow(tail, target);
    }

    private bool Follow(FileTail tail, StreamTarget target)
    {
        var stream = _streams.GetOrAdd(target, static one => new LogStream(one));
        if (!_files.TryAdd(tail.Identity, new FollowedFile(tail, target)))
        {
            tail.Dispose();
            return false;
        }

        stream.Add(tail);
        Log.Following(_logger, tail.Path, tail.Identity, tail.Bookmark.Offset, target);
        return true;
    }

    /// A file keeps its stream as long as it lives, whatever it is called; its group is the one that is set now.
    private StreamTarget Resume(FileTail tail, Checkpoint checkpoint, StreamTarget target)
    {
        if (tail.TryResume(checkpoint.Bookmark))
            return target with { Stream = checkpoint.Target.Stream };

        _metrics.Truncated(tail.Source.Name);
        _metrics.Lost(tail.Source.Name, checkpoint.Unread);
        Log.ReplacedMeanwhile(_logger, tail.Path, tail.Identity, checkpoint.Unread);
        return target;
    }

    private void Restart(FileTail tail)
    {
        var left = tail.Bookmark;
        var lost = tail.Restart();
        _metrics.Truncated(tail.Source.Name);
        if (FollowCopy(tail, left))
            return;

        _metrics.Lost(tail.Source.Name, lost);
        if (lost > 0)
            Log.TruncatedUnread(_logger, tail.Path, lost);
        else
            Log.Truncated(_logger, tail.Path);
    }

    /// Copying and truncating leaves the rest that was not read in the copy: read on there.
    private bool FollowCopy(FileTail tail, Bookmark left)
    {
        if (left.Offset == 0)
            return false;

        foreach (var (path, stat) in Siblings.Of(tail.Path))
        {
            if (stat.Size < left.Offset || _files.ContainsKey(stat.Identity)
                || FileTail.Open(tail.Source, path, _time.NowMs(), out _) is not { } copy)
            {
                continue;
            }

            if (copy.TryResume(left))
            {
                Log.ReadingCopy(_logger, tail.Path, copy.Unread, path);
                return FollowStray(copy, _files[tail.Identity].Target);
            }

            copy.Dispose();
        }

        return false;
    }

    private bool FollowStray(FileTail tail, StreamTarget target)
    {
        tail.IsStray = true;
        tail.LostNameAt = _time.NowMs();
        return Follow(tail, target);
    }

    /// Finds files of an earlier run that were rotated since to names that nobody looks for.
    private bool FindRotated()
    {
        var hasChanged = false;
        foreach (var folder in _unclaimed.Kept(_time.GetUtcNow()).GroupBy(one => Path.GetDirectoryName(one.Path), StringComparer.Ordinal))
        {
            foreach (var (path, stat) in Siblings.Of(folder.First().Path).OrderBy(sibling => sibling.Stat.ModifiedMs))
            {
                if (folder.FirstOrDefault(one => one.Identity == stat.Identity) is { } checkpoint)
                    hasChanged |= TryFollowRotated(path, checkpoint);
            }
        }

        foreach (var missing in _unclaimed.Kept(_time.GetUtcNow()).Where(one => one.Unread > 0))
            Log.Missing(_logger, missing.Path, missing.Identity, missing.Unread);
        return hasChanged;
    }

    private bool TryFollowRotated(string path, Checkpoint checkpoint)
    {
        var source = _options.Sources.FirstOrDefault(one => one.Name == checkpoint.Source);
        if (source is null || FileTail.Open(source, path, _time.NowMs(), out _) is not { } tail)
            return false;

        if (tail.Identity == checkpoint.Identity && tail.TryResume(checkpoint.Bookmark))
        {
            _ = _unclaimed.Claim(tail);
            return FollowStray(tail, checkpoint.Target with { Group = source.Group });
        }

        tail.Dispose();
        return false;
    }

    private void LetGo(LogStream stream, FileTail tail)
    {
        stream.Remove(tail);
        _files.TryRemove(tail.Identity, out _);
        if (stream.Files.IsEmpty)
            _streams.TryRemove(stream.Target, out _);
        tail.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1101, LogLevel.Information, "Reading '{Path}' ({Identity}) from byte {Offset} on, into '{Target}'.")]
        public static partial void Following(ILogger logger, string path, FileIdentity identity, long offset, StreamTarget target);

        [LoggerMessage(1102, LogLevel.Information,
            "'{Path}' was rotated or removed; the {Unread} bytes left in {Identity} are still read, and so is what is still written to it.")]
        public static partial void LostName(ILogger logger, string path, FileIdentity identity, long unread);

        [LoggerMessage(1103, LogLevel.Debug, "'{Path}' ({Identity}) is read to its end and has no name any more; closed.")]
        public static partial void Finished(ILogger logger, string path, FileIdentity identity);

        [LoggerMessage(1104, LogLevel.Warning, "'{Path}' is not read: {Reason}. It is tried again.")]
        public static partial void NotReadable(ILogger logger, string path, string reason);

        [LoggerMessage(1105, LogLevel.Information, "'{Path}' was truncated or written anew; starting again at its beginning.")]
        public static partial void Truncated(ILogger logger, string path);

        [LoggerMessage(1106, LogLevel.Error,
            "'{Path}' was truncated before {Lost} bytes of it were read: they are lost; starting again at its beginning.")]
        public static partial void TruncatedUnread(ILogger logger, string path, long lost);

        [LoggerMessage(1107, LogLevel.Information, "'{Path}' was copied and truncated; its last {Unread} bytes are read from '{Copy}'.")]
        public static partial void ReadingCopy(ILogger logger, string path, long unread, string copy);

        [LoggerMessage(1108, LogLevel.Warning,
            "'{Path}' ({Identity}) holds something else than when this agent last ran ({Lost} bytes had not been read then); starting at its beginning.")]
        public static partial void ReplacedMeanwhile(ILogger logger, string path, FileIdentity identity, long lost);

        [LoggerMessage(1109, LogLevel.Error,
            "'{Path}' ({Identity}) is not there any more, nor any file of its folder that is it; {Unread} bytes of it were not read.")]
        public static partial void Missing(ILogger logger, string path, FileIdentity identity, long unread);

        [LoggerMessage(1110, LogLevel.Warning, "'{Path}' can't be read any more ({Reason}); opening it again.")]
        public static partial void Broken(ILogger logger, string path, string reason);
    }
}
