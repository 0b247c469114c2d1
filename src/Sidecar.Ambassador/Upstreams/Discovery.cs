using System.Net;
using System.Net.Sockets;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>
/// Finds the endpoints behind a route's host names again and again. A name that stops resolving keeps the endpoints that it had,
/// and an address that is one of our own listeners is never used.
/// </summary>
internal sealed class Discovery(
    Upstream upstream, IReadOnlyList<ListenAddress> ourListeners, Func<string, CancellationToken, Task<IPAddress[]>> resolve, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How soon after trouble: a restarted container often comes back under another address.</summary>
    public static readonly TimeSpan TroubledInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, IReadOnlyList<IPAddress>> _lastKnown = [];

    public bool HasNames => !upstream.Route.Upstream.All(url => url.Hosts.All(host => IPAddress.TryParse(host.Host, out _)));

    /// <summary>One turn of a loop: look once, then wait.</summary>
    public async Task TurnAsync(CancellationToken cancellation)
    {
        await LookAsync(cancellation);
        var isTroubled = upstream.ResolveFailure != null || !upstream.Endpoints.All.All(endpoint => endpoint.Health.IsHealthy);
        await Task.Delay(isTroubled ? TroubledInterval : Interval, time, cancellation);
    }

    public async Task LookAsync(CancellationToken cancellation)
    {
        string? failure = null;
        var members = new List<Endpoint>();
        var now = time.GetUtcNow();
        foreach (var url in upstream.Route.Upstream)
        {
            foreach (var host in url.Hosts)
            {
                var (addresses, hostFailure) = await AddressesAsync(host.Host, cancellation);
                failure ??= hostFailure;
                foreach (var address in addresses)
                {
                    var endPoint = new IPEndPoint(address, host.Port);
                    if (ourListeners.Any(listener => listener.IsReachedBy(endPoint)))
                        failure ??= $"'{host}' resolves to our own listener {endPoint}";
                    else
                        members.Add(new Endpoint(endPoint, host, url.PathPrefix, now));
                }
            }
        }

        upstream.Replace(members, failure);
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, string? Failure)> AddressesAsync(string host, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host, out var literal)) return ([literal], null);
        try
        {
            var found = await resolve(host, cancellation);
            if (found.Length > 0) return (_lastKnown[host] = Usable(found), null);
            return (_lastKnown.GetValueOrDefault(host, []), $"the name '{host}' has no address");
        }
        catch (SocketException e)
        {
            return (_lastKnown.GetValueOrDefault(host, []), $"the name '{host}' does not resolve ({e.SocketErrorCode})");
        }
    }

    // A host that has both families is one server twice. Sorted, because resolvers shuffle and the order is a priority for some.
    private static List<IPAddress> Usable(IPAddress[] found)
    {
        var four = found.Where(address => address.AddressFamily == AddressFamily.InterNetwork).ToList();
        var chosen = four.Count > 0 ? four : [.. found];
        return [.. chosen.Distinct().OrderBy(address => address.ToString(), StringComparer.Ordinal)];
    }
}
