using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Batching;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// Takes streams whose turn it is, and for each builds a batch, sends it, and moves the bookmarks once it is stored. As many
/// batches are under way as turns are taken at once; nothing else holds data in memory.
internal sealed partial class Shipping(
    ILogDestination destination,
    Action acknowledged,
    LogsOptions options,
    LogsMetrics metrics,
    TimeProvider time,
    Func<double> jitter,
    ILogger<Shipping> logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryCeiling = TimeSpan.FromSeconds(30);

    /// How long a send may keep others waiting.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan StallAfter = TimeSpan.FromSeconds(30);

    // Claims keep a stream from being in here twice, so there are never more than there are streams.
    private readonly Channel<LogStream> _due = Channel.CreateUnbounded<LogStream>();
    private readonly RetrySchedule _retries = new(FirstRetry, RetryCeiling, jitter);
    private long _acknowledgedAt = time.GetTimestamp();
    private volatile string? _lastFailure;

    /// Says so when something waits and nothing was taken for a while.
    public string? Stall(long unreadBytes)
    {
        var since = time.GetElapsedTime(Volatile.Read(ref _acknowledgedAt));
        return since < StallAfter
            ? null
            : $"nothing was acknowledged for {since.TotalSeconds:0} s while {unreadBytes} bytes wait" + (_lastFailure is { } why ? $": {why}" : "");
    }

    /// There was nothing to acknowledge.
    public void NothingWaits() => Volatile.Write(ref _acknowledgedAt, time.GetTimestamp());

    /// Takes over a claimed stream.
    public void Offer(LogStream stream) => _due.Writer.TryWrite(stream);

    /// Waits for a stream and gives it one turn. A stream that has more goes to the end of the queue.
    public async Task TurnAsync(BatchBuilder builder, CancellationToken cancellation)
    {
        var stream = await _due.Reader.ReadAsync(cancellation);
        var hasMore = false;
        try
        {
            hasMore = await ShipAsync(stream, builder, cancellation);
        }
        catch (Exception e) when (Loops.IsExpected(e))
        {
            Fail(stream, "read", e.Message, null);
        }
        finally
        {
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

        using var batch = builder.Build(stream, time.GetUtcNow(), now);
        // Only now is it sure that what was read followed what was read before.
        if (batch is null || HasReplaced(stream))
            return false;

        stream.NextSendAt = now + (long)options.FlushInterval.TotalMilliseconds;
        var stored = batch.Events.IsEmpty ? 0 : await SendAsync(stream, batch, cancellation);
        if (stored is not { } count)
            return false;

        Acknowledge(stream, batch, count);
        return batch.IsFull;
    }

    private static bool HasReplaced(LogStream stream)
    {
        var hasReplaced = false;
        foreach (var file in stream.Files)
            hasReplaced |= file.CheckReplaced();
        return hasReplaced;
    }

    private void Acknowledge(LogStream stream, LogBatch batch, int stored)
    {
        // The bookmark moves after the acknowledgement, never before: a crash in between repeats events, the other order loses them.
        foreach (var range in batch.Ranges)
        {
            var file = stream.Files.First(one => one.Identity == range.File);
            file.Bookmark = range.End;
            file.Clock = range.Clock;
            if (range.IsHole)
                Skipped(file, range);
            else
                metrics.Acknowledged(file.Source.Name, range.Bytes, range.Events);
        }

        metrics.Sent(stored, batch.MessageBytes, batch.Pieces);
        metrics.Shaped(batch.Shaped);
        stream.Failures = 0;
        stream.RetryAt = 0;
        _lastFailure = null;
        Volatile.Write(ref _acknowledgedAt, time.GetTimestamp());
        acknowledged();
    }

    private void Skipped(FileTail file, FileRange hole)
    {
        metrics.HoleSkipped(file.Source.Name, hole.Bytes);
        Log.HoleSkipped(logger, file.Path, hole.Bytes, hole.Start);
    }

    /// How many of the events were stored, once the batch is done with; null when it is to be sent again.
    private async Task<int?> SendAsync(LogStream stream, LogBatch batch, CancellationToken cancellation)
    {
        metrics.SendStarted();
        try
        {
            switch (await SendWithinTurnAsync(batch, cancellation))
            {
                case null:
                    Fail(stream, "slow", $"not taken within {LongestTurn.TotalSeconds} s while other streams waited", null);
                    return null;
                case SendResult.Stored stored:
                    return batch.Events.Length - Report(stream, batch, 0, stored.Rejected);
                case SendResult.Poison poison:
                    return await SendHalvesAsync(stream, batch, 0, batch.Events.Length, poison.Reason, cancellation);
                case SendResult.Throttled throttled:
                    Fail(stream, "throttled", "throttled", throttled.After);
                    return null;
                case SendResult.Unavailable unavailable:
                    Fail(stream, "unavailable", unavailable.Reason, null);
                    return null;
                case SendResult.Refused refused:
                    Fail(stream, "refused", refused.Reason, null);
                    return null;
                case var unknown:
                    throw new InvalidOperationException($"No such outcome: {unknown}.");
            }
        }
        finally
        {
            metrics.SendEnded();
        }
    }

    /// Null when the turn took too long: a destination that waits out its trouble must not keep other streams from theirs.
    private async Task<SendResult?> SendWithinTurnAsync(LogBatch batch, CancellationToken cancellation)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var send = destination.SendAsync(batch, turn.Token);
        try
        {
            while (!send.IsCompleted)
            {
                try
                {
                    await send.WaitAsync(LongestTurn, time, cancellation);
                }
                catch (TimeoutException) when (!send.IsCompleted)
                {
                    if (_due.Reader.Count > 0)
                        await turn.CancelAsync();
                }
            }

            return await send;
        }
        catch (OperationCanceledException) when (turn.IsCancellationRequested)
        {
            // The batch's buffers may be used until the send has really ended.
            await ((Task)send).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (send.IsCompletedSuccessfully)
                return await send;
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// Finds the events that the service does not take: the rest is sent, once; they are counted and named.
    private async Task<int> SendHalvesAsync(
        LogStream stream, LogBatch batch, int first, int count, string reason, CancellationToken cancellation)
    {
        if (count == 1)
        {
            Log.Poison(logger, stream.Target, reason);
            return 1 - Report(stream, batch, first, [new Rejection(RejectionReason.Poison, 0, 1)]);
        }

        metrics.SendFailed("poison");
        var half = count / 2;
        return await SendPartAsync(stream, batch, first, half, cancellation)
            + await SendPartAsync(stream, batch, first + half, count - half, cancellation);
    }

    /// Some of the batch may be stored already, so this goes on until the part is done with: sending all again would repeat it.
    private async Task<int> SendPartAsync(LogStream stream, LogBatch batch, int first, int count, CancellationToken cancellation)
    {
        for (var failures = 1; ; failures++)
        {
            switch (await destination.SendAsync(batch.Part(first, count), cancellation))
            {
                case SendResult.Stored stored:
                    return count - Report(stream, batch, first, stored.Rejected);
                case SendResult.Poison poison:
                    return await SendHalvesAsync(stream, batch, first, count, poison.Reason, cancellation);
            }

            await Task.Delay(_retries.After(failures), time, cancellation);
        }
    }

    /// Counts and names what was rejected; returns how many events that were.
    private int Report(LogStream stream, LogBatch batch, int first, IReadOnlyList<Rejection> rejections)
    {
        foreach (var rejection in rejections)
        {
            var firstEvent = batch.Events.Span[first + rejection.First];
            var path = stream.Files.First(one => one.Identity == firstEvent.File).Path;
            metrics.Rejected(rejection.Reason, rejection.Count);
            Log.Rejected(logger, stream.Target, rejection.Count, LogsMetrics.NameOf(rejection.Reason), path, firstEvent.Start);
        }

        return rejections.Sum(rejection => rejection.Count);
    }

    private void Fail(LogStream stream, string kind, string reason, TimeSpan? after)
    {
        stream.Failures++;
        stream.RetryAt = time.NowMs() + (long)(after ?? _retries.After(stream.Failures)).TotalMilliseconds;
        _lastFailure = reason;
        metrics.SendFailed(kind);
        if (stream.Failures == 1)
            Log.Failed(logger, stream.Target, reason);
    }

    private static partial class Log
    {
        [LoggerMessage(1301, LogLevel.Warning, "Nothing was taken for '{Target}': {Reason}. It stays in its files and is sent again.")]
        public static partial void Failed(ILogger logger, StreamTarget target, string reason);

        [LoggerMessage(1302, LogLevel.Error,
            "{Count} events for '{Target}' were rejected ({Reason}) and are lost, the first at byte {Offset} of '{Path}'.")]
        public static partial void Rejected(ILogger logger, StreamTarget target, int count, string reason, string path, long offset);

        [LoggerMessage(1303, LogLevel.Error, "An event for '{Target}' is not taken even alone: {Reason}.")]
        public static partial void Poison(ILogger logger, StreamTarget target, string reason);

        [LoggerMessage(1304, LogLevel.Information,
            "'{Path}' has a hole of {Bytes} bytes at byte {Offset}, as a writer that does not append leaves after a truncation: nothing was written there, and nothing is sent.")]
        public static partial void HoleSkipped(ILogger logger, string path, long bytes, long offset);
    }
}
