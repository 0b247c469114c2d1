using Microsoft.Extensions.Logging;
using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;
/// What keeps batches from being stored. It is said when it begins, once for each kind, and when no stream meets it any more;
/// in between it is counted. One refused stream beside others that flow is one trouble, not one each time another succeeds.
internal sealed partial class SendTrouble(TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<StreamTarget> _streams = [];
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private int _tries;
    private long _since;

    public void Met(StreamTarget stream, SendResult result)
    {
        var reason = result switch
        {
            SendResult.Throttled => "it is throttling",
            SendResult.Refused refused => refused.Reason,
            SendResult.Unavailable unavailable => unavailable.Reason,
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, "Only a result that is tried again is trouble."),
        };
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

        if (result is SendResult.Refused)
            Refused(logger, stream.Stream, reason);
        else
            Begun(logger, reason);
    }

    /// A batch of the stream was taken. One that was given up on says nothing: it comes again.
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

    [LoggerMessage(1411, LogLevel.Warning, "CloudWatch does not take events: {Reason}. They stay in their files; trying on until it does.")]
    private static partial void Begun(ILogger logger, string reason);

    [LoggerMessage(1412, LogLevel.Error, "CloudWatch refuses the events of '{Stream}' until something outside is changed: {Reason}. "
        + "They stay in their files; trying on.")]
    private static partial void Refused(ILogger logger, string stream, string reason);

    [LoggerMessage(1413, LogLevel.Information, "No batch for CloudWatch is turned away any more, after {Seconds} s and {Tries} failed tries.")]
    private static partial void Ended(ILogger logger, double seconds, int tries);
}
