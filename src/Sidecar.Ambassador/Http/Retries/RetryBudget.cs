namespace Sidecar.Ambassador.Http.Retries;

/// <summary>
/// Bounds what retries add to the load of a service that is in trouble: of the requests of the last seconds at most a share is
/// sent again. A quiet route may send a few again whatever the share.
/// </summary>
/// <param name="percent">The share; 0 for no retries at all.</param>
internal sealed class RetryBudget(int percent, TimeProvider time)
{
    public const int Least = 10;

    // Counted in two halves, so that the window slides: between five and ten seconds are looked at.
    private static readonly TimeSpan HalfWindow = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _halfBegan = time.GetTimestamp();
    private int _requests;
    private int _retries;
    private int _requestsBefore;
    private int _retriesBefore;

    /// <summary>A request came, whatever becomes of it.</summary>
    public void Requested()
    {
        if (time.GetElapsedTime(_halfBegan) >= HalfWindow) Slide();
        Interlocked.Increment(ref _requests);
    }

    /// <summary>Whether one more may be sent again now. It is a look only: see <see cref="Take"/>.</summary>
    public bool HasRoom
    {
        get
        {
            if (percent == 0) return false;
            Slide();
            var allowed = (Volatile.Read(ref _requests) + Volatile.Read(ref _requestsBefore)) * (long)percent / 100;
            return Volatile.Read(ref _retries) + Volatile.Read(ref _retriesBefore) < Math.Max(Least, allowed);
        }
    }

    /// <summary>One is sent again.</summary>
    public void Take() => Interlocked.Increment(ref _retries);

    private void Slide()
    {
        lock (_lock)
        {
            var halves = (int)Math.Min(2, time.GetElapsedTime(_halfBegan) / HalfWindow);
            if (halves == 0) return;
            _requestsBefore = halves == 1 ? Interlocked.Exchange(ref _requests, 0) : 0;
            _retriesBefore = halves == 1 ? Interlocked.Exchange(ref _retries, 0) : 0;
            if (halves == 2) _requests = _retries = 0;
            _halfBegan = time.GetTimestamp();
        }
    }
}
