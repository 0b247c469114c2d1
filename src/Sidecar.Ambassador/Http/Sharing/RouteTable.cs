using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Access;
using Sidecar.Ambassador.Http.Faults;

namespace Sidecar.Ambassador.Http.Sharing;

/// <summary>
/// The routes of one listener, told apart by host and path: a host's name goes before a suffix, any host before none, and then the
/// longest path. A path that leads to one route read in one way and to another read in another way is refused.
/// </summary>
internal sealed class RouteTable : IServesRequests
{
    /// <summary>Stands for a route in metrics and answers where there is none.</summary>
    public const string NoRoute = "-";

    private readonly AmbassadorMetrics _metrics;
    private readonly Entry[] _entries;

    public RouteTable(IEnumerable<HttpRoute> routes, AmbassadorMetrics metrics)
    {
        _metrics = metrics;
        _entries =
        [
            .. from route in routes
               from host in route.Upstream.Route.Scope.Hosts
               from path in route.Upstream.Route.Scope.Paths
               orderby Rank(host), host.Length descending, path.Length descending
               select new Entry(host, PathPattern.Parse($"{path}/**")!, route),
        ];
    }

    public Task ServeAsync(HttpContext context)
    {
        var host = context.Request.Host.Host.AsSpan().TrimEnd('.');
        if (RequestPath.Read(RequestTarget.PathOf(context)) is not { } path) return RefuseAsync(context, StatusCodes.Status400BadRequest, ProxyError.HttpRequestError, "its path could be read in more than one way");

        var route = Find(host, path.AsWritten);
        if (!path.IsPlain && (Find(host, path.Resolved) != route || Find(host, path.Lenient) != route))
            return RefuseAsync(context, StatusCodes.Status400BadRequest, ProxyError.HttpRequestError, "its path could be read in more than one way, and they lead to different routes");
        return route?.ServeAsync(context)
            ?? RefuseAsync(context, StatusCodes.Status404NotFound, ProxyError.DestinationNotFound, "no route of this listener takes its host and path");
    }

    private HttpRoute? Find(ReadOnlySpan<char> host, string path)
    {
        foreach (var entry in _entries)
        {
            if (entry.Takes(host, path)) return entry.Route;
        }

        return null;
    }

    private Task RefuseAsync(HttpContext context, int status, ProxyError error, string why)
    {
        _metrics.Faulted(NoRoute, FaultOrigin.App);
        _metrics.Requested(NoRoute, status);
        return OwnAnswer.WriteAsync(context, NoRoute, new Failure(status, error, FaultOrigin.App, $"the request is refused: {why}"));
    }

    private static int Rank(string host) => host.Length == 0 ? 2 : host[0] == '*' ? 1 : 0;

    /// <param name="Host">Empty for any.</param>
    private sealed record Entry(string Host, PathPattern Path, HttpRoute Route)
    {
        public bool Takes(ReadOnlySpan<char> host, string path) => TakesHost(host) && Path.Matches(path, ignoreCase: false);

        private bool TakesHost(ReadOnlySpan<char> host) => Rank(Host) switch
        {
            0 => host.Equals(Host, StringComparison.OrdinalIgnoreCase),
            1 => host.Length >= Host.Length && host.EndsWith(Host.AsSpan(1), StringComparison.OrdinalIgnoreCase),
            _ => true,
        };
    }
}
