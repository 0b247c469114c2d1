using Sidecar.Hosting.Work;

namespace Sidecar.Logs.Sending;

/// Whether anything is taken at all. After failures in a row, whichever streams they were of, only one stream asks at a time,
/// so that an outage costs the same with one file and with a thousand, and the first success lets everyone go on at once.
internal sealed class Outage(RetrySchedule retries)
{
    private const int FailuresInARow = 8;

    private readonly Lock _lock = new();
    private int _failures;
    private long _askAt;
    private long _longestMs = long.MaxValue;

    /// True when a stream may be sent to now. During an outage each permission puts off the next.
    public bool MayAsk(long now)
    {
        if (Volatile.Read(ref _failures) < FailuresInARow)
            return true;

        lock (_lock)
        {
            if (now < _askAt)
                return false;
            _askAt = now + Math.Min(_longestMs, (long)retries.After(_failures - FailuresInARow + 1).TotalMilliseconds);
            return true;
        }
    }

    public void Met()
    {
        lock (_lock)
            _failures++;
    }

    /// From now on nobody waits longer than this.
    public void Hurry(long now, TimeSpan longest)
    {
        lock (_lock)
        {
            _longestMs = (long)longest.TotalMilliseconds;
            _askAt = Math.Min(_askAt, now + _longestMs);
        }
    }

    public void Over() => Volatile.Write(ref _failures, 0);
}
