using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Sending;

/// Takes streams whose turn it is, and for each builds a batch, sends it, and moves the bookmarks once it is stored. As many
/// batches are under way as turns are taken at once. A batch that is not taken is let go: the file holds it, and what comes
/// meanwhile makes the next one fuller.
internal sealed partial class Shipping(
    ILogDestination destination,
    Refusals refusals,
    CheckpointWriter checkpoints,
    LogsOptions options,
    LogsMetrics metrics,
    RecentErrors errors,
    RetrySchedule retries,
    TimeProvider time,
    ILogger<Shipping> logger)
{
    /// Batches whose rejected events can't be written to the dead letters: the rest of them is stored, so they are held rather
    /// than sent again. More than that would be a buffer.
    private const int MaxParked = 8;

    /// Events in a row that are not taken even alone, after which a stream is no longer hurried through them.
    private const int ManyPoisoned = 100;

    /// What passes by itself mostly does so within this time.
    private const long StallAfterMs = 30_000;

    private static readonly TimeSpan LongestHurriedRetry = TimeSpan.FromSeconds(1);

    // Claims keep a stream from being in here twice, so there are never more than there are streams.
    private readonly Channel<LogStream> _due = Channel.CreateUnbounded<LogStream>();
    private readonly ConcurrentDictionary<LogStream, ParkedBatch> _parked = new();
    private readonly Outage _outage = new(retries);
    private readonly SendTrouble _trouble = new(time, logger);
    private readonly FilterTrouble _filters = new(time, logger);
    private int _turns;

    /// How many turns have ended.
    public int Turns => Volatile.Read(ref _turns);

    /// Says so when events are not taken: at once when someone has to change something, else after a while.
    public Stall? StallOf(IEnumerable<LogStream> streams)
    {
        var now = time.NowMs();
        var troubled = streams.Where(stream => stream.Trouble is { } trouble && stream.Files.Any(file => file.Unread > 0) && (IsFinal(trouble.Kind) || now - trouble.SinceMs >= StallAfterMs)).ToList();
        if (troubled.MinBy(stream => stream.Trouble?.SinceMs ?? long.MaxValue) is not { Trouble: { } worst } first)
            return null;

        var others = troubled.Count == 1 ? "" : $" and {troubled.Count - 1} more streams";
        return new Stall(
            $"nothing was acknowledged for {(now - worst.SinceMs) / 1000} s of '{first.Target}'{others}: {worst.Reason}", Stall.RemedyFor(worst.Kind));
    }

    /// We are about to end: what failed is tried again soon. Called again and again, since streams go on failing.
    public void Hurry(IEnumerable<LogStream> streams)
    {
        var latest = time.NowMs() + (long)LongestHurriedRetry.TotalMilliseconds;
        _outage.Hurry(time.NowMs(), LongestHurriedRetry);
        foreach (var stream in streams)
        {
            if (stream.RetryAt > latest)
                stream.RetryAt = latest;
        }
    }

    /// Takes over a claimed stream.
    public void Offer(LogStream stream) => _due.Writer.TryWrite(stream);

    /// Waits for a stream and gives it one turn. A stream that has more goes to the end of the queue.
    public async Task TurnAsync(BatchBuilder builder, CancellationToken cancellation)
    {
        var stream = await _due.Reader.ReadAsync(cancellation);
        if (!_outage.MayAsk(time.NowMs()))
        {
            // It is offered again at the next look.
            stream.Trouble ??= new StreamTrouble("unavailable", "other streams have met an outage, and one at a time asks whether it is over", time.NowMs());
            stream.Release();
            Interlocked.Increment(ref _turns);
            return;
        }

        var hasMore = false;
        try
        {
            hasMore = _parked.TryGetValue(stream, out var parked)
                ? await SettleAsync(stream, parked, cancellation)
                : await ShipAsync(stream, builder, cancellation);
        }
        catch (Exception e) when (Loops.IsExpected(e))
        {
            Fail(stream, "read", e.Message, TimeSpan.Zero);
        }
        finally
        {
            Interlocked.Increment(ref _turns);
            if (hasMore)
                Offer(stream);
            else
                stream.Release();
        }
    }

    /// True when there is more that need not wait.
    private async Task<bool> ShipAsync(LogStream stream, BatchBuilder builder, CancellationToken cancellation)
    {
        var now = time.NowMs();
        foreach (var file in stream.Files)
            file.Poll(now, builder.Timeouts);

        var built = builder.Build(stream, time.GetUtcNow(), now);
        SayPatternFaults(stream);
        if (built is not { } batch)
            return false;

        var isParked = false;
        try
        {
            // Only now is it sure that what was read followed what was read before.
            if (HasReplaced(stream))
                return false;

            stream.NextSendAt = now + stream.Pace.IntervalMs(options.FlushInterval);
            // A crash then repeats what is under way, and nothing that was acknowledged before.
            await checkpoints.SettledAsync(stream.LastChange, cancellation);
            if (!batch.Events.IsEmpty)
                return await SendAsync(stream, batch, park => isParked = _parked.TryAdd(stream, park), cancellation);

            Acknowledge(stream, batch, 0);
            return batch.IsFull;
        }
        finally
        {
            if (!isParked)
                batch.Dispose();
        }
    }

    private void SayPatternFaults(LogStream stream)
    {
        foreach (var file in stream.Files)
        {
            if (file.Source.Lines.Start is { } pattern && pattern.TakeFault() is { } fault)
                Log.PatternFault(logger, pattern.Text, file.Source.Name, fault);
        }
    }

    private static bool HasReplaced(LogStream stream)
    {
        var hasReplaced = false;
        foreach (var file in stream.Files)
            hasReplaced |= file.CheckReplaced();
        return hasReplaced;
    }

    private async Task<bool> SendAsync(LogStream stream, LogBatch batch, Action<ParkedBatch> park, CancellationToken cancellation)
    {
        switch (await MeasuredSendAsync(batch, cancellation))
        {
            case SendResult.Stored { Rejected.Count: 0 }:
                return Stored(stream, batch, batch.Events.Length);
            case SendResult.Stored stored:
                var parked = new ParkedBatch(batch, new Queue<Rejection>(stored.Rejected), stored.At)
                {
                    Stored = batch.Events.Length - stored.Rejected.Sum(one => one.Count),
                };
                if (_parked.Count < MaxParked)
                    park(parked);
                return await SettleAsync(stream, parked, cancellation);
            case SendResult.Poison poison:
                return Poisoned(stream, batch, poison.Reason);
            case SendResult.Throttled throttled:
                stream.Pace.Throttled(options.FlushInterval);
                Fail(stream, "throttled", "the service throttles", throttled.After);
                return false;
            case SendResult.Unavailable unavailable:
                if (unavailable.IsTooSlow && batch.Events.Length > 1)
                    stream.Portion.Refused(batch.Events.Length);
                Fail(stream, "unavailable", unavailable.Reason, TimeSpan.Zero);
                return false;
            case SendResult.Refused refused:
                Fail(stream, "refused", refused.Reason, TimeSpan.Zero);
                return false;
            case var unknown:
                throw new InvalidOperationException($"No such outcome: {unknown}.");
        }
    }

    private async Task<SendResult> MeasuredSendAsync(LogBatch batch, CancellationToken cancellation)
    {
        metrics.SendStarted();
        var started = time.GetTimestamp();
        try
        {
            return await destination.SendAsync(batch, cancellation);
        }
        finally
        {
            metrics.SendEnded(time.GetElapsedTime(started));
        }
    }

    private bool Stored(LogStream stream, LogBatch batch, int events)
    {
        Acknowledge(stream, batch, events);
        stream.Pace.Taken(options.FlushInterval);
        stream.Portion.Taken();
        return batch.IsFull;
    }

    /// Deals with what was rejected; only then may the batch be acknowledged. While the dead letters can't be written the stream
    /// waits, and the others go on.
    private async Task<bool> SettleAsync(LogStream stream, ParkedBatch parked, CancellationToken cancellation)
    {
        try
        {
            parked.Stored += await refusals.SettleAsync(stream, parked.Batch, parked.Rejections, parked.ServiceTime, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(stream, "dead_letter", $"rejected events can't be kept in {options.DeadLetterFolder} ({FileTrouble.Reason(e)})", TimeSpan.Zero);
            return false;
        }

        try
        {
            return Stored(stream, parked.Batch, parked.Stored);
        }
        finally
        {
            if (_parked.TryRemove(stream, out _))
                parked.Batch.Dispose();
        }
    }

    /// Finds the event that is not taken: what stands before it is sent in halves.
    private bool Poisoned(LogStream stream, LogBatch batch, string reason)
    {
        metrics.SendFailed("poison");
        if (batch.Events.Length > 1)
        {
            stream.Portion.Refused(batch.Events.Length);
            return true;
        }

        try
        {
            refusals.Poisoned(stream, batch, reason);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(stream, "dead_letter", $"rejected events can't be kept in {options.DeadLetterFolder} ({FileTrouble.Reason(e)})", TimeSpan.Zero);
            return false;
        }

        Acknowledge(stream, batch, 0);
        stream.Portion.Found();
        var inRow = stream.Portion.FoundInRow;
        if (inRow < ManyPoisoned)
            return true;

        // Rather something about the stream than about so many events: the dead letters are not to be filled with all of it.
        stream.Failures = inRow - ManyPoisoned;
        Fail(stream, "poison", $"{inRow} events in a row were not taken: {reason}", TimeSpan.Zero);
        return false;
    }

    private void Acknowledge(LogStream stream, LogBatch batch, int stored)
    {
        // The bookmark moves after the acknowledgement, never before: a crash in between repeats events, the other order loses them.
        foreach (var range in batch.Ranges)
        {
            // A parked batch may be older than what the file holds now.
            if (stream.Files.FirstOrDefault(one => one.Identity == range.File) is not { } file
                || file.Generation != range.Generation || file.Bookmark.Offset != range.Start)
            {
                continue;
            }

            file.Bookmark = range.End;
            file.Clock = range.Clock;
            if (range.IsHole)
                Skipped(file, range);
            else
                metrics.Acknowledged(file.Source.Name, range.Bytes, range.Events);
        }

        metrics.Sent(stored, batch.MessageBytes, batch.Pieces);
        metrics.Shaped(batch.Shaped);
        _filters.Met(stream.Target, batch.Shaped.Unfiltered);
        stream.Failures = 0;
        stream.RetryAt = 0;
        stream.Trouble = null;
        stream.AcknowledgedAt = time.GetUtcNow();
        _outage.Over();
        _trouble.Over(stream.Target);
        stream.LastChange = checkpoints.Changed();
    }

    private void Skipped(FileTail file, FileRange hole)
    {
        metrics.HoleSkipped(file.Source.Name, hole.Bytes);
        Log.HoleSkipped(logger, file.Path, hole.Bytes, hole.Start);
    }

    private void Fail(LogStream stream, string kind, string reason, TimeSpan atLeast)
    {
        stream.Failures++;
        var wait = retries.After(stream.Failures);
        stream.RetryAt = time.NowMs() + (long)(wait > atLeast ? wait : atLeast).TotalMilliseconds;
        stream.Trouble = new StreamTrouble(kind, reason, stream.Trouble?.SinceMs ?? time.NowMs());
        metrics.SendFailed(kind);
        errors.Add(stream.Target.ToString(), reason);
        _trouble.Met(stream.Target, reason, IsFinal(kind));
        if (kind is "throttled" or "unavailable")
            _outage.Met();
    }

    /// Whether it lasts until someone outside has changed something.
    private static bool IsFinal(string kind) => kind is "refused" or "dead_letter" or "poison";

    /// A batch of which the rejected events are not dealt with yet.
    private sealed record ParkedBatch(LogBatch Batch, Queue<Rejection> Rejections, DateTimeOffset? ServiceTime)
    {
        public int Stored { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1305, LogLevel.Warning,
            "The pattern 'start:{Pattern}' of source '{Source}' {Fault}. Such a line is judged as auto would; after three, all lines are.")]
        public static partial void PatternFault(ILogger logger, string pattern, string source, string fault);

        [LoggerMessage(1304, LogLevel.Information,
            "'{Path}' has a hole of {Bytes} bytes at byte {Offset}, as a writer that does not append leaves after a truncation: nothing was written there, and nothing is sent.")]
        public static partial void HoleSkipped(ILogger logger, string path, long bytes, long offset);
    }
}
