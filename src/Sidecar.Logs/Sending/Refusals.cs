using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Batching;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Sending;

/// What becomes of events that the service never takes: they are kept in the dead-letter folder, sent again with a time that it
/// takes, or dropped, as the settings say; always counted, and said.
internal sealed partial class Refusals(
    ILogDestination destination,
    DeadLetterFolder deadLetters,
    LogsOptions options,
    LogsMetrics metrics,
    RecentErrors errors,
    RetrySchedule retries,
    TimeProvider time,
    ILogger<Refusals> logger)
{
    /// A minute and a half with the usual schedule: the rest of the batch is stored, so this can't start all over.
    private const int TriesOfClamped = 10;

    private static readonly TimeSpan SaidAtMost = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ClampMargin = TimeSpan.FromMinutes(10);

    /// The ages that the service may take: 14 days, or a shorter retention of the group; at last the present.
    private static readonly int[] AgesInDays = [14, 7, 5, 3, 1, 0];

    private readonly ConcurrentDictionary<string, int> _ageOfGroup = new(StringComparer.Ordinal);
    private readonly Lock _saying = new();
    private readonly Dictionary<RejectionReason, (long SaidAt, int Since)> _said = [];

    /// Deals with the rejections one by one, and takes each that is done with off the queue. Returns how many events were stored
    /// after all. Throws IOException or UnauthorizedAccessException when the dead letters can't be written.
    public async Task<int> SettleAsync(
        LogStream stream, LogBatch batch, Queue<Rejection> rejections, DateTimeOffset? serviceTime, CancellationToken cancellation)
    {
        var stored = 0;
        while (rejections.TryPeek(out var rejection))
        {
            if (await TryClampAsync(batch, rejection, serviceTime, cancellation))
            {
                stored += rejection.Count;
                metrics.Clamped(rejection.Reason, rejection.Count);
                Say(stream, batch, rejection, "they were sent again with the nearest time that is taken");
            }
            else if (options.OutOfRange == OutOfRange.Drop)
            {
                Say(stream, batch, rejection, "they are dropped, as LOGS_OUT_OF_RANGE says");
            }
            else
            {
                Bury(stream, batch, rejection);
            }

            metrics.Rejected(rejection.Reason, rejection.Count);
            rejections.Dequeue();
        }

        return stored;
    }

    /// Writes the only event of a batch to the dead letters, whatever the settings say of those out of range.
    public void Poisoned(LogStream stream, LogBatch batch, string reason)
    {
        var rejection = new Rejection(RejectionReason.Poison, 0, 1);
        Bury(stream, batch, rejection);
        metrics.Rejected(rejection.Reason, 1);
        Log.Poison(logger, stream.Target, reason);
    }

    private void Bury(LogStream stream, LogBatch batch, Rejection rejection)
    {
        deadLetters.Write(
            batch.Target, batch.Events.Span.Slice(rejection.First, rejection.Count), LogsMetrics.NameOf(rejection.Reason), file => PathOf(stream, file));
        metrics.DeadLettered(rejection.Reason, rejection.Count);
        Say(stream, batch, rejection, $"they are kept in {options.DeadLetterFolder}");
    }

    private async Task<bool> TryClampAsync(LogBatch batch, Rejection rejection, DateTimeOffset? serviceTime, CancellationToken cancellation)
    {
        if (options.OutOfRange != OutOfRange.Clamp || rejection.Reason == RejectionReason.Poison)
            return false;

        var now = serviceTime ?? time.GetUtcNow();
        if (rejection.Reason == RejectionReason.TooNew)
            return await TryAgainAsync(batch, rejection, now, cancellation);

        // A group may keep less than the service takes, and only trying tells.
        for (var age = _ageOfGroup.GetValueOrDefault(batch.Target.Group); age < AgesInDays.Length; age++)
        {
            if (await TryAgainAsync(batch, rejection, now - TimeSpan.FromDays(AgesInDays[age]) + ClampMargin, cancellation))
            {
                _ageOfGroup[batch.Target.Group] = age;
                return true;
            }
        }

        return false;
    }

    private async Task<bool> TryAgainAsync(LogBatch batch, Rejection rejection, DateTimeOffset at, CancellationToken cancellation)
    {
        var events = batch.Events.Slice(rejection.First, rejection.Count).ToArray();
        var timestampMs = Math.Min(at.ToUnixTimeMilliseconds(), time.GetUtcNow().ToUnixTimeMilliseconds());
        for (var i = 0; i < events.Length; i++)
            events[i] = events[i] with { TimestampMs = timestampMs };

        var again = new LogBatch(batch.Target, events, []);
        for (var tries = 1; ; tries++)
        {
            var result = await destination.SendAsync(again, cancellation);
            if (result is SendResult.Stored stored)
                return stored.Rejected.Count == 0;
            if (result is SendResult.Poison || tries == TriesOfClamped)
                return false;
            await Task.Delay(retries.After(tries), time, cancellation);
        }
    }

    // A file of old lines is rejected batch by batch: one line a minute and reason says it, with how many there were in between.
    private void Say(LogStream stream, LogBatch batch, Rejection rejection, string what)
    {
        int unsaid;
        lock (_saying)
        {
            var now = time.NowMs();
            var (saidAt, since) = _said.GetValueOrDefault(rejection.Reason, (now - (long)SaidAtMost.TotalMilliseconds, 0));
            var isDue = now - saidAt >= SaidAtMost.TotalMilliseconds;
            _said[rejection.Reason] = isDue ? (now, 0) : (saidAt, since + rejection.Count);
            if (!isDue)
                return;
            unsaid = since;
        }

        errors.Add(stream.Target.ToString(), $"events were rejected ({LogsMetrics.NameOf(rejection.Reason)}): {what}");
        var first = batch.Events.Span[rejection.First];
        Log.Rejected(
            logger, rejection.Count, stream.Target, LogsMetrics.NameOf(rejection.Reason), what, first.Start, PathOf(stream, first.File), unsaid);
    }

    private static string PathOf(LogStream stream, FileIdentity file) =>
        stream.Files.FirstOrDefault(one => one.Identity == file)?.Path ?? file.ToString();

    private static partial class Log
    {
        [LoggerMessage(1302, LogLevel.Warning,
            "{Count} events for '{Target}' were rejected ({Reason}): {What}. The first is at byte {Offset} of '{Path}'. Since this was last said there were {Unsaid} more.")]
        public static partial void Rejected(
            ILogger logger, int count, StreamTarget target, string reason, string what, long offset, string path, int unsaid);

        [LoggerMessage(1303, LogLevel.Error, "An event for '{Target}' is not taken even alone: {Reason}.")]
        public static partial void Poison(ILogger logger, StreamTarget target, string reason);
    }
}
