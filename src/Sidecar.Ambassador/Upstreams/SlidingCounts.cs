namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// Counts things of late, and how many of them were of a kind. Counted in two halves, so that the window slides: between half of it
/// and all of it is looked at.
/// </summary>
internal sealed class SlidingCounts(TimeSpan window, TimeProvider time)
{
    private readonly TimeSpan _half = window / 2;
    private readonly Lock _lock = new();
    private long _halfBegan = time.GetTimestamp();
    private int _all;
    private int _kind;
    private int _allBefore;
    private int _kindBefore;

    public void Add()
    {
        if (time.GetElapsedTime(_halfBegan) >= _half) Slide();
        Interlocked.Increment(ref _all);
    }

    /// <summary>One of those that were added, or are about to be, is of the kind.</summary>
    public void AddKind() => Interlocked.Increment(ref _kind);

    public (int All, int Kind) Look()
    {
        Slide();
        return (Volatile.Read(ref _all) + Volatile.Read(ref _allBefore), Volatile.Read(ref _kind) + Volatile.Read(ref _kindBefore));
    }

    public void Forget()
    {
        lock (_lock) _all = _kind = _allBefore = _kindBefore = 0;
    }

    private void Slide()
    {
        lock (_lock)
        {
            var halves = (int)Math.Min(2, time.GetElapsedTime(_halfBegan) / _half);
            if (halves == 0) return;
            _allBefore = halves == 1 ? Interlocked.Exchange(ref _all, 0) : 0;
            _kindBefore = halves == 1 ? Interlocked.Exchange(ref _kind, 0) : 0;
            if (halves == 2) _all = _kind = 0;
            _halfBegan = time.GetTimestamp();
        }
    }
}
