using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Following;

/// All files that are being read and the streams that they feed: finds new ones, follows rotation, notices truncation, and lets
/// go of files that are done. Scan and Poll are for one loop; what only looks may be called from anywhere.
internal sealed partial class FollowedFiles
{
    private const int ColdFactor = 4;
    private const int LooksWhileHot = 10;

    private readonly LogsOptions _options;
    private readonly FileScan _scan;
    private readonly LogsMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<FollowedFiles> _logger;
    private readonly OpenFiles _files;
    private readonly RotatedFiles _rotated;
    private readonly HoldLimit _hold;
    private readonly HashSet<string> _complaints = new(StringComparer.Ordinal);
    private readonly bool _isFirstStart;

    /// What files held at the very first look that could not be followed then, and of which the past is not wanted.
    private readonly Dictionary<FileIdentity, long?> _past = [];

    private IReadOnlyDictionary<string, LogSource> _found = new Dictionary<string, LogSource>();
    private bool _hasLoose;
    private bool _hasScanned;
    private DateTimeOffset? _scanStartedAt;
    private bool _hasReported;
    private bool _hasRotated;

    /// Only at the very first start may the past of a file be skipped.
    public FollowedFiles(
        LogsOptions options, OpenFiles files, bool isFirstStart, LogsMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _scan = new FileScan(options.Sources, options.OwnPaths, time);
        _metrics = metrics;
        _time = time;
        _logger = loggers.CreateLogger<FollowedFiles>();
        _files = files;
        _files.OnNameLost = LoseName;
        _rotated = new RotatedFiles(options, _scan, files, metrics, time, loggers);
        _hold = new HoldLimit(options.HoldLimit, files, _rotated, metrics, loggers.CreateLogger<HoldLimit>());
        _isFirstStart = isFirstStart;
        Timeouts = new TailTimeouts(options.PartialTimeout, options.MultilineTimeout);
    }

    public TailTimeouts Timeouts { get; }

    /// When some file is to be looked at again, in milliseconds of the agent's clock.
    public long NextLookAt { get; private set; }

    /// What was unread at the last look.
    public long UnreadBytes { get; private set; }

    public IReadOnlyList<SourceBacklog> Backlog() =>
    [
        .. _options.Sources.Select(source =>
        {
            var files = _files.All.Where(file => file.Tail.Source == source).ToList();
            var now = _time.NowMs();
            var oldestMs = files.Select(file => file.Tail.AgeMs(now)).DefaultIfEmpty().Max();
            return new SourceBacklog(source.Name, files.Count, files.Sum(file => file.Tail.Unread), TimeSpan.FromMilliseconds(oldestMs));
        }),
    ];

    /// Looks for files that are not followed yet. True when what has to be remembered changed.
    public bool Scan()
    {
        var hasChanged = false;
        var startedAt = _time.GetUtcNow();
        if (!_hasScanned)
            _rotated.WatchRemembered();
        var found = _scan.Run();
        var hasMoved = !ReferenceEquals(found, _found);
        _found = found;
        if (hasMoved || _hasLoose)
            hasChanged |= AdoptAll(found);

        foreach (var file in _files.All.Where(_ => hasMoved))
            file.Tail.NextLookAt = 0;
        Complain(found);

        hasChanged |= FindRotated();
        if (!_hasReported && !_rotated.IsBehind)
        {
            ReportMissing();
            _hasReported = true;
        }

        _hasScanned = true;
        _scanStartedAt = startedAt;
        return hasChanged;
    }

    /// Opens what is found and not read yet. What can't be opened now is tried again.
    private bool AdoptAll(IReadOnlyDictionary<string, LogSource> found)
    {
        var hasChanged = false;
        _hasLoose = false;
        var borne = _files.All.Where(file => file.Tail.LostNameAt is null).Select(file => file.Tail.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, source) in found)
        {
            if (borne.Contains(path))
                continue;

            hasChanged |= Adopt(path, source);
            _hasLoose |= _files.Bearing(path) is null;
        }

        return hasChanged;
    }

    /// Looks at every file once, and offers each stream that has something to send, claimed for whoever takes it. True when what
    /// has to be remembered changed.
    public bool Poll(Action<LogStream> offer, bool isHurried)
    {
        var now = _time.NowMs();
        var hasChanged = false;
        long allUnread = 0;
        long held = 0;
        var next = long.MaxValue;
        foreach (var stream in _files.Streams)
        {
            var isDue = false;
            long unread = 0;
            foreach (var tail in stream.Files)
            {
                // Nothing is unread in what need not be looked at.
                if (now >= tail.NextLookAt || isHurried)
                {
                    isDue |= Look(stream, tail, now, ref hasChanged);
                    held += tail.HeldBytes;
                    unread += tail.Unread;
                }

                next = Math.Min(next, tail.NextLookAt);
            }

            // Where one rotation was seen there may have been several, and the next one may compress what they left.
            if (_hasRotated || _files.HasEarly)
                hasChanged |= FindRotated();
            allUnread += unread;
            var isWorthIt = isHurried || now >= stream.NextSendAt || unread >= BatchLimits.MaxBytes;
            if (isDue && isWorthIt && now >= stream.RetryAt && stream.TryClaim())
                offer(stream);
        }

        EndScan();
        UnreadBytes = allUnread;
        NextLookAt = hasChanged ? now : next;
        return (held > _options.HoldLimit && _hold.Enforce()) | hasChanged;
    }

    /// A scan takes a name for borne by the file that bore it before; only the look after it notices which one bears it now.
    private void EndScan()
    {
        if (_hasRotated || _scanStartedAt is not { } startedAt)
            return;

        // A file may have been written to since it was looked at for the last time.
        var seenAt = startedAt - ColdInterval;
        if (_rotated.HasSeenAll && !_hasLoose)
            _files.Scanned(seenAt);
        else
            _files.ScannedInPart(seenAt);
        _scanStartedAt = null;
    }

    /// What was rotated away unseen comes before what bears its name now: of that nothing is taken until the folders were looked
    /// through after it was opened.
    private bool FindRotated()
    {
        _hasRotated = false;
        var hasFound = _rotated.Find();
        _files.LetEarlyBegin();
        return hasFound;
    }

    /// For how long no file has grown, and none was found.
    public TimeSpan Quiet()
    {
        var now = _time.NowMs();
        return TimeSpan.FromMilliseconds(_files.All.Select(file => file.Tail.QuietMs(now)).DefaultIfEmpty(now).Min());
    }

    /// Whether nothing waits, not even at someone who has claimed a stream.
    public bool IsDone() => _files.UnreadBytes == 0 && !_rotated.IsBehind && _files.Streams.All(stream => stream.IsFree);

    /// True when the file has something to send.
    private bool Look(LogStream stream, FileTail tail, long now, ref bool hasChanged)
    {
        try
        {
            var isDue = tail.Poll(now, Timeouts, out var there);
            tail.NextLookAt = IsCold(tail, now) ? AgentClock.NextTick(now, ColdInterval) : now;
            hasChanged |= LookAtName(tail, there);
            if (tail.IsReplaced && stream.TryClaim())
            {
                Restart(stream, tail);
                stream.Release();
                hasChanged = true;
                return false;
            }

            if (tail.LostNameAt is { } lostAt && tail.Unread == 0 && !tail.IsReplaced
                && (tail.IsCompressed || (now - lostAt >= QuietMs && tail.QuietMs(now) >= QuietMs)) && stream.TryClaim())
            {
                _files.LetGo(stream, tail);
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
            _hasLoose = true;
            _files.LetGo(stream, tail);
            stream.Release();
            return false;
        }
    }

    /// Nothing has happened to it for long: then nothing is likely to happen, and a look a second is enough.
    private bool IsCold(FileTail tail, long now) =>
        tail.Unread == 0 && tail.LostNameAt is null && !tail.IsReplaced && tail.QuietMs(now) >= ColdInterval.TotalMilliseconds * LooksWhileHot;

    private TimeSpan ColdInterval => _options.PollInterval * ColdFactor;

    private long QuietMs => (long)_options.QuietPeriod.TotalMilliseconds;

    /// Notices that a file is no longer what its name leads to, and takes up at once what took its place.
    private bool LookAtName(FileTail tail, FileStat? there)
    {
        if (tail.IsStray)
            return false;

        if (there?.Identity == tail.Identity)
        {
            tail.LostNameAt = null;
            return false;
        }

        if (tail.LostNameAt is null)
            LoseName(tail);
        if (there is null || _scan.SourceOf(tail.Path) is not { } source)
            return false;

        // Rotation goes on while we look: what was opened under this name a moment ago may have lost it by now.
        var before = _files.Bearing(tail.Path);
        var isAdopted = Adopt(tail.Path, source);
        if (isAdopted && before is { Tail.LostNameAt: null })
            LoseName(before.Tail);
        return isAdopted;
    }

    private void LoseName(FileTail tail)
    {
        tail.LostNameAt = _time.NowMs();
        _hasRotated = _hasLoose = true;
        _metrics.Rotated(tail.Source.Name);
        Log.LostName(_logger, tail.Path, tail.Identity, tail.Unread);
    }

    private bool Adopt(string path, LogSource source)
    {
        if (FileStat.Of(path) is not { } stat)
            return false;

        if (_files.Find(stat.Identity) is { } known)
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

        // Not known yet what its stream is called.
        if (_options.TargetOf(source, path, _time.GetUtcNow()) is not { } target)
            return Await(path, source, stat);

        var now = _time.NowMs();
        if (FileTail.Open(source, path, now, out var reason) is not { } tail)
        {
            if (reason is not null && _complaints.Add(path))
                Log.NotReadable(_logger, path, reason);
            return Await(path, source, stat);
        }

        _complaints.Remove(path);
        _ = _rotated.Watch(path, source, _files.ScannedAtMs);
        using var moving = _files.Moving.EnterScope();
        if (_files.Remembered.Claim(tail) is { } checkpoint)
            return Resume(tail, checkpoint, target);
        if (_past.Remove(tail.Identity, out var past) || IsPast(source))
            tail.SkipTo(past ?? tail.Size);
        return _files.TryFollow(tail, target);
    }

    /// Can't be followed yet: should it be rotated before it can, now or while no agent runs, it is to be found all the same. True when
    /// that has to be remembered.
    private bool Await(string path, LogSource source, FileStat stat)
    {
        if (IsPast(source))
            _past.TryAdd(stat.Identity, stat.Size);
        _files.NotSeenSince(stat.ModifiedMs);
        return _rotated.Watch(path, source, stat.ModifiedMs);
    }

    /// Whether what files hold now is not wanted.
    private bool IsPast(LogSource source) => source.Start == LogStart.End && _isFirstStart && !_hasScanned;

    /// A file keeps its stream as long as it lives, whatever it is called; its group is the one that is set now.
    private bool Resume(FileTail tail, Checkpoint checkpoint, StreamTarget target)
    {
        if (tail.TryResume(checkpoint.Bookmark))
            return _files.TryFollow(tail, LogsOptions.Again(tail.Source, checkpoint.Target));

        // An inode that was given to another file is nothing to speak of; a file that was truncated may have left a copy.
        if (!_files.TryFollow(tail, target))
            return false;
        if (checkpoint.Path == tail.Path || checkpoint.IsSurelyOf(tail.BornMs))
            _rotated.Truncated(tail.Source, tail.Path, checkpoint.Bookmark, checkpoint.ModifiedMs, checkpoint.Unread, target);
        else if (checkpoint.Unread > 0)
            ReportMissing(checkpoint);
        return true;
    }

    private void Restart(LogStream stream, FileTail tail)
    {
        var (left, modifiedMs) = (tail.SeenBookmark, tail.SureModifiedMs);
        _rotated.Truncated(tail.Source, tail.Lineage, left, modifiedMs, tail.Restart(), stream.Target);
    }

    /// Says once what an operator may have meant otherwise.
    private void Complain(IReadOnlyDictionary<string, LogSource> found)
    {
        foreach (var folder in _scan.Denied.Where(_complaints.Add))
            Log.Denied(_logger, folder);
        foreach (var source in _options.Sources.Where(source => !_hasScanned && !found.Values.Contains(source)))
            Log.NothingYet(_logger, source.Name, string.Join(", ", source.Paths.Select(glob => glob.Text).Distinct()));
    }

    private void ReportMissing()
    {
        foreach (var missing in _files.Remembered.Kept(_time.GetUtcNow()).Where(one => one.Unread > 0))
            ReportMissing(missing);
    }

    private void ReportMissing(Checkpoint missing)
    {
        Log.Missing(_logger, missing.Path, missing.Identity, missing.Unread);
        _metrics.Lost(missing.Source, missing.Unread);
    }

    private static partial class Log
    {
        [LoggerMessage(1102, LogLevel.Information,
            "'{Path}' was rotated or removed; the {Unread} bytes left in {Identity} are still read, and so is what is still written to it.")]
        public static partial void LostName(ILogger logger, string path, FileIdentity identity, long unread);

        [LoggerMessage(1103, LogLevel.Debug, "'{Path}' ({Identity}) is read to its end and has no name any more; closed.")]
        public static partial void Finished(ILogger logger, string path, FileIdentity identity);

        [LoggerMessage(1104, LogLevel.Warning, "'{Path}' is not read: {Reason}. It is tried again.")]
        public static partial void NotReadable(ILogger logger, string path, string reason);

        [LoggerMessage(1109, LogLevel.Error,
            "'{Path}' ({Identity}) is not there any more, nor any file of its folder that is it; {Unread} bytes of it were not read.")]
        public static partial void Missing(ILogger logger, string path, FileIdentity identity, long unread);

        [LoggerMessage(1117, LogLevel.Warning, "The folder '{Folder}' may not be looked into: no file in it is read until it may. It is tried again.")]
        public static partial void Denied(ILogger logger, string folder);

        [LoggerMessage(1118, LogLevel.Information, "Source '{Source}': no file matches {Globs} yet; they are waited for.")]
        public static partial void NothingYet(ILogger logger, string source, string globs);

        [LoggerMessage(1110, LogLevel.Warning, "'{Path}' can't be read any more ({Reason}); opening it again.")]
        public static partial void Broken(ILogger logger, string path, string reason);
    }
}
