using Sidecar.Ambassador.Http.Access;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Http.Fallbacks;
using Sidecar.Ambassador.Http.Hedging;
using Sidecar.Ambassador.Http.Telling;

namespace Sidecar.Ambassador.Http;

/// <summary>What an HTTP route does beyond where it leads.</summary>
/// <param name="Timeout">How long an upstream may be silent while a request is under way; zero for ever.</param>
/// <param name="PreserveHost">Whether the caller's Host header goes on instead of the URL's host.</param>
/// <param name="QueueTimeout">How long a request waits for an endpoint while none can be connected to.</param>
/// <param name="HashOn">What of a request decides on its endpoint; null for nothing.</param>
/// <param name="Canary">Which requests try the new version; null when there is none.</param>
internal sealed record HttpOptions(RetryOptions Retry, TimeSpan Timeout, bool PreserveHost, TimeSpan QueueTimeout, HashSource? HashOn = null, CanaryRule? Canary = null)
{
    /// <summary>What requests get that bring no Authorization of their own; null for nothing.</summary>
    public UpstreamLogin? Login { get; init; }

    /// <summary>How large a request's body may be; 0 for any size.</summary>
    public long MaxBodyBytes { get; init; }

    /// <summary>What the app may speak.</summary>
    public ListenProtocol Listens { get; init; }

    /// <summary>After how long a second endpoint is asked as well; null for never.</summary>
    public HedgeDelay? Hedge { get; init; }

    /// <summary>What may be asked for; null for everything.</summary>
    public AccessRules? Rules { get; init; }

    /// <summary>When the service is given a rest; null for never.</summary>
    public BreakerOptions? Breaker { get; init; }

    /// <summary>What is kept of its answers; null for nothing.</summary>
    public CacheOptions? Cache { get; init; }

    /// <summary>What is answered when nothing else can be; null for an error.</summary>
    public Fallback? Fallback { get; init; }

    /// <summary>Where each request is written down; null for nowhere.</summary>
    public LogTarget? AccessLog { get; init; }

    /// <summary>Which headers are told of; null for none.</summary>
    public ContextHeaders? Context { get; init; }
}
