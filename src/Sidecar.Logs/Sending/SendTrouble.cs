using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Sending;

/// What keeps batches from being stored. It is said when it begins, once for each kind, and when no stream meets it any more;
/// in between it is counted. One refused stream beside others that flow is one trouble, not one each time another succeeds.
internal sealed partial class SendTrouble(TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<StreamTarget> _streams = [];
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private int _tries;
    private long _since;

    /// Final trouble is one that does not pass by itself.
    public void Met(StreamTarget stream, string reason, bool isFinal)
    {
        lock (_lock)
        {
            if (_streams.Count == 0)
                _since = time.GetTimestamp();
            _streams.Add(stream);
            _tries++;

            // What follows a colon or stands in brackets may differ each time: times in a signature error, ids of requests.
            if (!_said.Add(reason.Split([':', '('], 2)[0]))
                return;
        }

        if (isFinal)
            Refused(logger, stream, reason);
        else
            Begun(logger, stream, reason);
    }

    /// A batch of the stream was taken, or nothing of it is left to send.
    public void Over(StreamTarget stream)
    {
        int failed;
        TimeSpan elapsed;
        lock (_lock)
        {
            if (!_streams.Remove(stream) || _streams.Count > 0)
                return;
            (failed, elapsed) = (_tries, time.GetElapsedTime(_since));
            _tries = 0;
            _said.Clear();
        }

        Ended(logger, Math.Round(elapsed.TotalSeconds, 1), failed);
    }

    [LoggerMessage(1311, LogLevel.Warning,
        "The events of '{Stream}', and perhaps others, are not taken: {Reason}. They stay in their files; trying on until they are.")]
    private static partial void Begun(ILogger logger, StreamTarget stream, string reason);

    [LoggerMessage(1312, LogLevel.Error, "The events of '{Stream}', and perhaps others, are refused until something outside is changed: {Reason}. "
        + "They stay in their files; trying on.")]
    private static partial void Refused(ILogger logger, StreamTarget stream, string reason);

    [LoggerMessage(1313, LogLevel.Information, "No batch is turned away any more, after {Seconds} s and {Tries} failed tries.")]
    private static partial void Ended(ILogger logger, double seconds, int tries);
}
