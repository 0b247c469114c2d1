using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Sending;

/// Says that a pattern of the user's ran out of time: once, and then at most once a minute.
internal sealed partial class FilterTrouble(TimeProvider time, ILogger logger)
{
    private static readonly long SaidAtMostMs = (long)TimeSpan.FromMinutes(1).TotalMilliseconds;

    private long _sayAt = long.MinValue;
    private int _since;

    public void Met(StreamTarget target, int unfiltered)
    {
        if (unfiltered == 0)
            return;

        Interlocked.Add(ref _since, unfiltered);
        var now = time.NowMs();
        var sayAt = Volatile.Read(ref _sayAt);
        if (now >= sayAt && Interlocked.CompareExchange(ref _sayAt, now + SaidAtMostMs, sayAt) == sayAt)
            Log.OutOfTime(logger, Interlocked.Exchange(ref _since, 0), target);
    }

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Warning,
            "{Count} events for '{Target}' were sent unfiltered: LOGS_KEEP or LOGS_DROP takes too long for such events, and rests for ten seconds each time it does.")]
        public static partial void OutOfTime(ILogger logger, int count, StreamTarget target);
    }
}
