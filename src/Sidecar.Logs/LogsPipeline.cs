using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Following;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Sending;

namespace Sidecar.Logs;

/// All stages put together, from the files to the state on disk. Its three kinds of turn are taken again and again, each by a
/// loop of its own, shipping by several.
internal sealed partial class LogsPipeline : IDisposable
{
    /// Batches under way in the whole process, which is what bounds its memory.
    public const int ShippingLoops = 4;

    private const int ScanCostShare = 20;
    private const int LooksPerSave = 20;
    private static readonly TimeSpan LongestForgetting = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ScanInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HurriedInterval = TimeSpan.FromMilliseconds(20);

    private readonly LogsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LogsPipeline> _logger;
    private readonly CheckpointStore _store;
    private readonly CheckpointWriter _checkpoints;
    private readonly OpenFiles _open;
    private readonly FollowedFiles _files;
    private readonly DeadLetterFolder _deadLetters;
    private readonly RecentErrors _errors;
    private readonly Shipping _shipping;
    private volatile TaskCompletionSource _hurried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _savedUnread;
    private int _looksSinceSave;
    private long _scanAt;
    private int _looks;

    /// Takes the state folder. Throws IOException or UnauthorizedAccessException, saying why it can't.
    public LogsPipeline(
        LogsOptions options, ILogDestination destination, LogsMetrics metrics, TimeProvider time, Func<double> jitter, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger<LogsPipeline>();
        _store = CheckpointStore.Open(options.StateFolder);
        var remembered = _store.Load(out var fault);
        if (fault.Length > 0)
            Log.StateUnreadable(_logger, options.StateFolder, fault);
        if (_store.Trouble is { } trouble)
            Log.StateNotWritable(_logger, options.StateFolder, trouble);
        else if (ContainerLayer.Holds(options.StateFolder))
            Log.StateOnLayer(_logger, options.StateFolder);

        // Where nothing can be remembered no start is known to be the first.
        var isFirstStart = remembered is null && fault.Length == 0 && _store.Trouble is null;
        _open = new OpenFiles(remembered ?? [], _store.ScannedAtMs, time, loggers.CreateLogger<OpenFiles>())
        {
            MaxStreams = options.MaxStreams,
            Overflow = options.Hostname + "/overflow",
        };
        _files = new FollowedFiles(options, _open, isFirstStart, metrics, time, loggers);
        _checkpoints = new CheckpointWriter(_store, _open.Checkpoints, time) { ScannedAtMs = () => _open.ScannedAtMs };
        _deadLetters = new DeadLetterFolder(
            options.DeadLetterFolder, options.DeadLetterLimit, time, loggers.CreateLogger<DeadLetterFolder>()) { Deleted = metrics.DeadLettersDeleted };
        _errors = new RecentErrors(time);
        var retries = new RetrySchedule(options.FirstRetry, options.RetryCeiling, jitter);
        var refusals = new Refusals(destination, _deadLetters, options, metrics, _errors, retries, time, loggers.CreateLogger<Refusals>());
        _shipping = new Shipping(
            destination, refusals, _checkpoints, options, metrics, _errors, retries, time, loggers.CreateLogger<Shipping>());
        metrics.CountFromZero(options.Sources.Select(source => source.Name));
        metrics.Observe(_files.Backlog, CountStreams, () => _checkpoints.Age);
    }

    /// What is wrong with remembering now; null when nothing is.
    public string? Forgetting => _checkpoints.Age < LongestForgetting
        ? null
        : $"nothing could be written to {_options.StateFolder} for {_checkpoints.Age.TotalSeconds:0} s: a restart would send again what was acknowledged since";

    /// What is wrong with delivery now; null when nothing is.
    public Stall? Stall => _files.UnreadBytes == 0 ? null : _shipping.StallOf(_open.Streams);

    private bool IsHurried => _hurried.Task.IsCompleted;

    /// Looks for files from time to time and at each of them every time, hands streams over for shipping, and waits.
    public async Task LookAsync(CancellationToken cancellation)
    {
        var now = _time.NowMs();
        var hasChanged = false;
        if (now >= _scanAt || IsHurried)
        {
            hasChanged = _files.Scan();
            // A tree that takes long to walk is walked less often, so that looking never costs more than a twentieth of a core.
            var costMs = (_time.NowMs() - now) * ScanCostShare;
            _scanAt = AgentClock.NextTick(Math.Max(now, now + costMs - (long)ScanInterval.TotalMilliseconds), ScanInterval);
        }

        hasChanged |= _files.Poll(_shipping.Offer, IsHurried);
        if (hasChanged || HasGrown())
            _checkpoints.Changed();

        Interlocked.Increment(ref _looks);
        if (IsHurried)
            await Task.Delay(HurriedInterval, _time, cancellation);
        else
            await Task.WhenAny(Task.Delay(Pause(), _time, cancellation), _hurried.Task);
    }

    /// Until there is something to look at, which is a while when nothing happens.
    private TimeSpan Pause()
    {
        var now = _time.NowMs();
        var next = Math.Min(Math.Min(_files.NextLookAt, _scanAt), AgentClock.NextTick(now, ScanInterval));
        // A timer may be a little early by this clock, and then it would be for nothing.
        var idle = TimeSpan.FromMilliseconds(next - now + 1);
        return idle <= _options.PollInterval ? _options.PollInterval : idle;
    }

    /// Whether what is unread has changed for long enough to be remembered: should its file be gone after a crash, that is what is lost.
    private bool HasGrown()
    {
        var unread = _files.UnreadBytes;
        if (unread == _savedUnread || ++_looksSinceSave < LooksPerSave)
            return false;

        _savedUnread = unread;
        _looksSinceSave = 0;
        return true;
    }

    public Func<CancellationToken, Task> NewShippingTurn()
    {
        var builder = new BatchBuilder(_files.Timeouts, _options.Shaping);
        return cancellation => _shipping.TurnAsync(builder, cancellation);
    }

    public Task SaveAsync(CancellationToken cancellation) => _checkpoints.TurnAsync(cancellation);

    /// How often every file has been looked at.
    public int Looks => Volatile.Read(ref _looks);

    public long UnreadBytes => _open.UnreadBytes;

    /// Whether nothing waits, not even at someone who has claimed a stream.
    public bool IsDone => _files.IsDone();

    /// For how long no file has grown, and none was found.
    public TimeSpan Quiet => _files.Quiet();

    /// What failed is tried again soon.
    public void RetrySoon() => _shipping.Hurry(_open.Streams);

    /// From now on everything is looked at without a pause, and what is incomplete is taken as it is when it is older than this.
    public void Hurry(TimeSpan longestWait)
    {
        _files.Timeouts.Hurry(longestWait);
        _hurried.TrySetResult();
    }

    public void Relax()
    {
        _files.Timeouts.Relax();
        _hurried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// At the end, when nobody tries again: a state that can't be saved must not keep the agent from ending as it should.
    public void Save()
    {
        try
        {
            _checkpoints.Save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.StateNotSaved(_logger, _options.StateFolder, FileTrouble.Reason(e));
        }
    }

    /// A turn that ends as long as the work in hand goes on. While none of it ends, this does not end either, and the loop that takes
    /// these turns counts as stuck: it is ours, since whatever is asked outside answers or is given up within minutes.
    public async Task WatchAsync(CancellationToken cancellation)
    {
        var turns = _shipping.Turns;
        do
        {
            await Task.Delay(WatchInterval, _time, cancellation);
        }
        while (_shipping.Turns == turns && _open.Streams.Any(stream => !stream.IsFree));
    }

    public JsonArray ErrorStatus() => _errors.Status();

    public JsonArray StreamStatus()
    {
        var now = _time.NowMs();
        return new([
            .. _open.Streams.OrderBy(stream => stream.Target.ToString(), StringComparer.Ordinal).Select(stream => new JsonObject
            {
                ["target"] = stream.Target.ToString(),
                ["files"] = stream.Files.Length,
                ["acknowledged_at"] = stream.AcknowledgedAt?.ToString("O"),
                ["in_flight"] = !stream.IsFree,
                ["flush_interval_seconds"] = stream.Pace.IntervalMs(_options.FlushInterval) / 1000.0,
                ["failures_in_a_row"] = stream.Failures,
                ["trouble"] = stream.Trouble?.Reason,
                ["troubled_seconds"] = stream.Trouble is { } trouble ? (now - trouble.SinceMs) / 1000.0 : null,
                ["next_try_seconds"] = stream.Trouble is null ? null : Math.Max(0, stream.RetryAt - now) / 1000.0,
            }),
        ]);
    }

    public JsonArray Status() =>
        new([
            .. _open.All.OrderBy(file => file.Tail.Path, StringComparer.Ordinal).Select(file => new JsonObject
            {
                ["path"] = file.Tail.Path,
                ["identity"] = file.Tail.Identity.ToString(),
                ["source"] = file.Tail.Source.Name,
                ["target"] = file.Target.ToString(),
                ["offset"] = file.Tail.Bookmark.Offset,
                ["size"] = file.Tail.Size,
                ["backlog"] = file.Tail.Unread,
                ["backlog_age_seconds"] = file.Tail.AgeMs(_time.NowMs()) / 1000.0,
                ["rotated"] = file.Tail.LostNameAt is not null,
            }),
        ]);

    private StreamCounts CountStreams()
    {
        var (streams, troubled, longestMs) = (0, 0, (long)_options.FlushInterval.TotalMilliseconds);
        foreach (var stream in _open.Streams)
        {
            streams++;
            troubled += stream.Trouble is null ? 0 : 1;
            longestMs = Math.Max(longestMs, stream.Pace.IntervalMs(_options.FlushInterval));
        }

        return new StreamCounts(streams, troubled, TimeSpan.FromMilliseconds(longestMs));
    }

    /// Lets everything go as it is, as a crash would.
    public void Dispose()
    {
        _open.Dispose();
        _deadLetters.Dispose();
        _store.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1604, LogLevel.Error,
            "Nothing can be remembered in '{Folder}' ({Reason}). Everything is shipped all the same, but a restart will ship it again. It is tried again.")]
        public static partial void StateNotWritable(ILogger logger, string folder, string reason);

        [LoggerMessage(1605, LogLevel.Warning,
            "LOGS_STATE_DIR '{Folder}' lies on the container's own layer, not on a volume: when the container is replaced, everything is shipped again.")]
        public static partial void StateOnLayer(ILogger logger, string folder);

        [LoggerMessage(1606, LogLevel.Error,
            "The last state can't be saved in '{Folder}' ({Reason}): the next run ships again what was delivered since it last could.")]
        public static partial void StateNotSaved(ILogger logger, string folder, string reason);

        [LoggerMessage(1601, LogLevel.Error,
            "The state in '{Folder}' can't be read ({Fault}). It is kept as checkpoints.unreadable, and every file is read from its beginning: events are repeated rather than lost.")]
        public static partial void StateUnreadable(ILogger logger, string folder, string fault);
    }
}
