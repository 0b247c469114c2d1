using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Http.Retries;

/// <summary>
/// Bounds what retries add to the load of a service that is in trouble: of the requests of the last seconds at most a share is
/// sent again. A quiet route may send a few again whatever the share.
/// </summary>
/// <param name="percent">The share; 0 for no retries at all.</param>
internal sealed class RetryBudget(int percent, TimeProvider time)
{
    public const int Least = 10;

    private readonly SlidingCounts _requests = new(TimeSpan.FromSeconds(10), time);

    /// <summary>A request came, whatever becomes of it.</summary>
    public void Requested() => _requests.Add();

    /// <summary>Whether one more may be sent again now. It is a look only: see <see cref="Take"/>.</summary>
    public bool HasRoom
    {
        get
        {
            if (percent == 0) return false;
            var (all, again) = _requests.Look();
            return again < Math.Max(Least, all * (long)percent / 100);
        }
    }

    /// <summary>One is sent again.</summary>
    public void Take() => _requests.AddKind();
}
