using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Ambassador.Http;
using Sidecar.Ambassador.Http.Admission;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Ambassador.Http.Caching;
using Sidecar.Ambassador.Tcp;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Hosting.Settings;
using ListenAddress = Sidecar.Ambassador.Routes.ListenAddress;

namespace Sidecar.Ambassador;

/// <summary>The HTTP and TCP routes as they run: each with its upstream, and what keeps watch over that.</summary>
internal sealed class ForwardedRoutes : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <param name="ourListeners">What no route may lead to.</param>
    public ForwardedRoutes(IReadOnlyList<ForwardedRoute> routes, IReadOnlyList<ListenAddress> ourListeners, IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var forwarder = new Lazy<Yarp.ReverseProxy.Forwarder.IHttpForwarder>(() => Forwarding.Create(time));
        var names = new NameLookup(services.GetRequiredService<BoundSettings>().Get(AmbassadorSettings.NameServers), time);
        foreach (var route in routes)
        {
            var upstream = ActivatorUtilities.CreateInstance<Upstream>(services, route.Route, route.Upstream);
            Func<Endpoint, CancellationToken, Task<CheckResult>> check;
            List<(string, Func<JsonNode>)> told = [];
            if (route.Http is { } options)
            {
                var connections = new UpstreamConnections(route.Tls, route.Admission.MaxConnections, time);
                var gate = new Gate(route.Admission);
                _owned.Add(connections);
                _owned.Add(gate);
                var http = ActivatorUtilities.CreateInstance<HttpRoute>(services, upstream, options, connections, gate, forwarder.Value);
                var ping = new HttpPing(route.Route, connections, options.Login);
                Func<Endpoint, CancellationToken, Task<string?>> ask;
                if (route.Health is { Path: { } path, Status: { } right })
                    ask = (endpoint, token) => ping.CheckAsync(path, right, endpoint, token);
                else
                    // A connection proves little of an endpoint that was left for its answers: a hung process still gets connections.
                    ask = (endpoint, token) => endpoint.Health.IsHealthy ? connections.TryConnectAsync(endpoint, token) : ping.CheckReturnAsync(endpoint, token);
                check = async (endpoint, token) => new CheckResult(await ask(endpoint, token));
                if (http.Cache is { } cache) told.Add(("cache", cache.Status));
                if (http.Breaker is { } breaker) told.Add(("breaker", breaker.Status));
                Http.Add(http);
            }
            else
            {
                var what = route.Health.Tcp ?? TcpCheck.Connect;
                var postgres = route.Postgres is { } login ? new PostgresCheck(upstream, login, what.Kind == CheckKind.Postgres, time) : null;
                check = new TcpEndpointCheck(what, route.Tcp.Tls, postgres, time).AskAsync;
                Tcp.Add(ActivatorUtilities.CreateInstance<TcpRoute>(services, upstream, route.Tcp));
            }

            Watched.Add(new WatchedUpstream(
                upstream,
                new Discovery(upstream, ourListeners, names.FindAsync, time),
                new HealthChecks(upstream, route.Health, check, time)) { Told = told });
        }

        services.GetRequiredService<AmbassadorMetrics>().Observe([.. Http.Select(http => http.Cache).OfType<ResponseCache>()]);
        services.GetRequiredService<AmbassadorMetrics>().Observe([.. Http.Select(http => http.Breaker).OfType<CircuitBreaker>()]);
    }

    public List<HttpRoute> Http { get; } = [];

    public List<TcpRoute> Tcp { get; } = [];

    public List<WatchedUpstream> Watched { get; } = [];

    public void Dispose()
    {
        foreach (var owned in _owned) owned.Dispose();
    }
}
