namespace Sidecar.Logs.Batching;

/// How often a stream is sent to. While the service throttles it is sent to less often, in fuller batches.
internal sealed class FlushPace
{
    private const long LongestMs = 10_000;
    private const long ShortestSlowedMs = 500;

    private long _slowedMs;

    /// The usual interval, or what throttling has made of it.
    public long IntervalMs(TimeSpan usual) => Math.Max((long)usual.TotalMilliseconds, Volatile.Read(ref _slowedMs));

    public void Throttled(TimeSpan usual) =>
        Volatile.Write(ref _slowedMs, Math.Clamp(IntervalMs(usual) * 2, ShortestSlowedMs, LongestMs));

    /// A batch was taken.
    public void Taken(TimeSpan usual)
    {
        var slowed = _slowedMs / 2;
        Volatile.Write(ref _slowedMs, slowed <= usual.TotalMilliseconds || slowed < ShortestSlowedMs ? 0 : slowed);
    }
}
