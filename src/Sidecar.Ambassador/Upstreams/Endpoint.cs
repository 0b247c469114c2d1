using System.Net;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// One address of an upstream. It outlives the <see cref="EndpointSet"/> that holds it, so what is known of its health survives
/// a change of its neighbours.
/// </summary>
internal sealed class Endpoint(IPEndPoint address, HostPort origin, string pathPrefix, DateTimeOffset now)
{
    private volatile EndpointHealth _health = new(DownReason: null, now);
    private int _failures;
    private int _inFlight;

    public IPEndPoint Address { get; } = address;

    /// <summary>The host and port as the URL names them: what goes into a Host header and what a certificate is checked against.</summary>
    public HostPort Origin { get; } = origin;

    public string PathPrefix { get; } = pathPrefix;

    public EndpointHealth Health => _health;

    /// <summary>Failures in a row.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Requests or connections under way; what the balancing compares.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void End() => Interlocked.Decrement(ref _inFlight);

    public bool IsSame(Endpoint other) => Address.Equals(other.Address) && PathPrefix == other.PathPrefix;

    /// <summary>Counts one more failure in a row and returns how many there are now.</summary>
    public int Failed() => Interlocked.Increment(ref _failures);

    public void Worked()
    {
        // Read first: a write for each request would bounce the cache line between the cores.
        if (Volatile.Read(ref _failures) != 0) Volatile.Write(ref _failures, 0);
    }

    /// <returns>True when this is the change, the moment to log.</returns>
    public bool TurnDown(string reason, DateTimeOffset now)
    {
        var before = _health;
        _health = new EndpointHealth(reason, before.IsHealthy ? now : before.Since);
        return before.IsHealthy;
    }

    /// <returns>True when this is the change, the moment to log.</returns>
    public bool TurnUp(DateTimeOffset now)
    {
        var before = _health;
        if (before.IsHealthy) return false;
        Volatile.Write(ref _failures, 0);
        _health = new EndpointHealth(DownReason: null, now);
        return true;
    }

    public override string ToString() => Origin.Host == Address.Address.ToString() ? Origin.ToString() : $"{Origin} ({Address})";
}
