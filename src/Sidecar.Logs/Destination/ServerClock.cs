namespace Sidecar.Logs.Destination;
/// Our clock as the service sees it. A signature made more than five minutes off is refused, so when the service says so,
/// its Date header corrects the time of every later signature.
internal sealed class ServerClock(TimeProvider time)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);
    private long _skewTicks;

    public TimeSpan Skew => TimeSpan.FromTicks(Interlocked.Read(ref _skewTicks));

    public DateTimeOffset Now => time.GetUtcNow() + Skew;

    /// True when the correction changed, and so a signature made now differs from the refused one.
    public bool Correct(DateTimeOffset serverTime)
    {
        if ((serverTime - Now).Duration() < Tolerance)
            return false;

        var skew = serverTime - time.GetUtcNow();
        Interlocked.Exchange(ref _skewTicks, skew.Duration() < Tolerance ? 0 : skew.Ticks);
        return true;
    }
}
