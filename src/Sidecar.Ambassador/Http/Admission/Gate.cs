using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http.Admission;

/// <summary>
/// Lets in as many requests as the route may have: so many under way, with a queue in front of them, and so many in a time. What is
/// over that is told so at once, so that nobody waits in vain.
/// </summary>
internal sealed class Gate(AdmissionOptions options) : IDisposable
{
    // Nobody sees it; as a status it is nginx's habit.
    private const int ClientClosedRequest = StatusCodes.Status499ClientClosedRequest;

    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrencyLimiter? _underWay = options.MaxRequests == 0 ? null : new ConcurrencyLimiter(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.MaxRequests,
        QueueLimit = options.MaxPending,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly TokenBucketRateLimiter? _rate = options.Rate is not { } rate ? null : new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
    {
        TokenLimit = rate.Count,
        TokensPerPeriod = rate.Count,
        ReplenishmentPeriod = rate.Period,
        QueueLimit = 0,
        AutoReplenishment = true,
    });

    /// <summary>Whether there is anything to ask for.</summary>
    public bool IsOpen => _underWay == null && _rate == null;

    /// <returns>A lease to be given back at the request's end, or why it is not let in.</returns>
    public async ValueTask<(RateLimitLease? Lease, Failure? Refusal)> EnterAsync(CancellationToken cancellation)
    {
        if (_rate != null)
        {
            using var token = _rate.AttemptAcquire();
            if (!token.IsAcquired)
            {
                var wait = token.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > TimeSpan.Zero ? after : SoonAgain;
                return (null, new Failure(StatusCodes.Status429TooManyRequests, ProxyError.HttpRequestDenied, FaultOrigin.App, "more requests than the route's rate", RetryAfter: wait));
            }
        }

        if (_underWay == null) return (null, null);
        try
        {
            var lease = await _underWay.AcquireAsync(permitCount: 1, cancellation);
            if (lease.IsAcquired) return (lease, null);
            lease.Dispose();
        }
        catch (OperationCanceledException)
        {
            return (null, new Failure(ClientClosedRequest, ProxyError.HttpRequestError, FaultOrigin.App, "the caller left while it waited for its turn"));
        }

        return (null, new Failure(
            StatusCodes.Status503ServiceUnavailable, ProxyError.ConnectionLimitReached, FaultOrigin.Endpoint,
            $"{options.MaxRequests} requests are under way and {options.MaxPending} wait", RetryAfter: SoonAgain));
    }

    public void Dispose()
    {
        _underWay?.Dispose();
        _rate?.Dispose();
    }
}
