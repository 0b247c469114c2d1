using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Following;

/// The files that are being read, the streams that they feed, and what is remembered of files that are not open.
internal sealed partial class OpenFiles(IEnumerable<Checkpoint> remembered, long scannedAtMs, TimeProvider time, ILogger<OpenFiles> logger) : IDisposable
{
    private static readonly TimeSpan LongestInPart = TimeSpan.FromHours(6);

    private readonly ConcurrentDictionary<FileIdentity, FollowedFile> _files = new();
    private readonly ConcurrentDictionary<StreamTarget, LogStream> _streams = new();
    private readonly List<FileTail> _early = [];

    // Until the first scan is through, only what an earlier run has seen is known to have been seen.
    private long _scannedAtMs = scannedAtMs > 0 ? scannedAtMs : time.GetUtcNow().ToUnixTimeMilliseconds();

    /// How many streams there may be at a time, and what the one is called that the files beyond it share.
    public int MaxStreams { get; init; } = int.MaxValue;

    public string Overflow { get; init; } = "overflow";

    /// Told of a file whose name was seen to lead elsewhere before the file itself was looked at.
    public Action<FileTail> OnNameLost { get; set; } = static _ => { };

    /// Whether there are files of which nothing is taken until those that came before them were looked for.
    public bool HasEarly => _early.Count > 0;

    public UnclaimedCheckpoints Remembered { get; } = new(remembered);

    /// Held while a file goes from what is remembered to what is open or back: it must never be in neither when the state is saved.
    public Lock Moving { get; } = new();

    // Enumerated as they are: Values would copy them each time.
    public IEnumerable<FollowedFile> All => _files.Select(one => one.Value);

    public IEnumerable<LogStream> Streams => _streams.Select(one => one.Value);

    public long UnreadBytes => All.Sum(file => file.Tail.Unread);

    /// What is to be remembered now.
    public IReadOnlyList<Checkpoint> Checkpoints()
    {
        using var moving = Moving.EnterScope();
        var seenAtMs = ScannedAtMs;
        return [.. _files.Values.Select(file => file.ToCheckpoint(seenAtMs)), .. Remembered.Kept(time.GetUtcNow())];
    }

    /// Whatever lay in the folders at this time has been seen.
    public long ScannedAtMs => Volatile.Read(ref _scannedAtMs);

    public void Scanned(DateTimeOffset at) => Volatile.Write(ref _scannedAtMs, at.ToUnixTimeMilliseconds());

    /// Not all that lay there has been seen, and must still count as not seen after a crash; but what is remembered must not age by that.
    public void ScannedInPart(DateTimeOffset at)
    {
        if (ScannedAtMs < (at - LongestInPart).ToUnixTimeMilliseconds())
            Scanned(at - LongestInPart);
    }

    /// Something that was written to at this time is there and could not be followed.
    public void NotSeenSince(long modifiedMs)
    {
        var earliestMs = (time.GetUtcNow() - LongestInPart).ToUnixTimeMilliseconds();
        Volatile.Write(ref _scannedAtMs, Math.Min(ScannedAtMs, Math.Max(modifiedMs, earliestMs)));
    }

    public FollowedFile? Find(FileIdentity identity) => _files.GetValueOrDefault(identity);

    /// The file that now bears a name, if it is one that is being read.
    public FollowedFile? Bearing(string path) =>
        All.FirstOrDefault(file => file.Tail.Path == path && file.Tail.LostNameAt is null && !file.Tail.IsStray);

    public LogStream? StreamOf(FollowedFile file) => _streams.GetValueOrDefault(file.Target);

    /// Whether something of a file may be on its way, so that how far it is read is about to change.
    public bool IsUnderWay(FollowedFile file) => !file.Tail.IsEarly && _streams.TryGetValue(file.Target, out var stream) && !stream.IsFree;

    /// What came before the files that were opened so far has been looked for.
    public void LetEarlyBegin()
    {
        foreach (var tail in _early)
            tail.IsEarly = false;
        _early.Clear();
    }

    /// Takes over an opened file, unless it is being read already. It is read once what came before it has been looked for.
    public bool TryFollow(FileTail tail, StreamTarget target)
    {
        if (!_streams.ContainsKey(target) && _streams.Count >= MaxStreams)
            target = Shared(target);
        if (!_files.TryAdd(tail.Identity, new FollowedFile(tail, target)))
        {
            tail.Dispose();
            return false;
        }

        tail.IsEarly = true;
        _early.Add(tail);
        _streams.GetOrAdd(target, static one => new LogStream(one)).Add(tail);
        Log.Following(logger, tail.Path, tail.Identity, tail.Bookmark.Offset, target);
        return true;
    }

    private StreamTarget Shared(StreamTarget target)
    {
        var shared = target with { Stream = Overflow };
        if (!_streams.ContainsKey(shared))
            Log.TooManyStreams(logger, MaxStreams, target, shared);
        return shared;
    }

    /// Takes over a file that nobody looks for under the name it has: it is only read to its end.
    public bool TryFollowStray(FileTail tail, StreamTarget target, string name)
    {
        // That one may have been rotated away since it was looked at, and is older then.
        if (Bearing(name) is { } bearer && FileStat.Of(name)?.Identity != bearer.Tail.Identity)
            OnNameLost(bearer.Tail);
        tail.Name = name;
        tail.IsStray = true;
        tail.LostNameAt = time.NowMs();
        return TryFollow(tail, target);
    }

    /// Closes a file of a stream that the caller has claimed; how far it was read stays in mind.
    public void LetGo(LogStream stream, FileTail tail)
    {
        using var moving = Moving.EnterScope();
        stream.Remove(tail);
        if (_files.TryRemove(tail.Identity, out var file))
            Remembered.Add(file.ToCheckpoint(ScannedAtMs));
        if (stream.Files.IsEmpty)
            _streams.TryRemove(stream.Target, out _);
        tail.Dispose();
    }

    /// Closes a file of a stream that the caller has claimed, and takes what was unread of it for lost.
    public void Forget(LogStream stream, FileTail tail)
    {
        using var moving = Moving.EnterScope();
        var isKnown = _files.TryGetValue(tail.Identity, out var file);
        LetGo(stream, tail);
        if (isKnown && file!.ToCheckpoint(ScannedAtMs) is var checkpoint)
            Remembered.Add(checkpoint with { Size = checkpoint.Bookmark.Offset });
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Tail.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1119, LogLevel.Error,
            "There are {Max} streams already (LOGS_MAX_STREAMS): '{Target}' is not fed, and what would go there goes to '{Shared}', as does that of every further new file. Perhaps LOGS_STREAM has a placeholder of too many values.")]
        public static partial void TooManyStreams(ILogger logger, int max, StreamTarget target, StreamTarget shared);

        [LoggerMessage(1101, LogLevel.Information, "Reading '{Path}' ({Identity}) from byte {Offset} on, into '{Target}'.")]
        public static partial void Following(ILogger logger, string path, FileIdentity identity, long offset, StreamTarget target);
    }
}
