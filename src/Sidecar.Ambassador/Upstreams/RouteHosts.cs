using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Names;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>The hosts that a route names, in its order, those for bad times behind the others, and those on trial behind them.</summary>
internal static class RouteHosts
{
    public static IEnumerable<ListedHost> Hosts(this Route route) =>
        [.. Hosts(route.Upstream, HostRole.Normal), .. Hosts(route.Backup, HostRole.Backup), .. Hosts(route.Canary, HostRole.Canary)];

    private static IEnumerable<ListedHost> Hosts(IReadOnlyList<UpstreamUrl> urls, HostRole role) =>
        from url in urls
        from host in url.Hosts
        select new ListedHost(host, Weight: 1, role, url.IsSrv, url.PathPrefix);
}
