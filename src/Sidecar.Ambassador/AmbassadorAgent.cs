using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Ambassador.Drains;
using Sidecar.Ambassador.Http;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Tcp;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>The ambassador put together: which part serves which route.</summary>
internal static class AmbassadorAgent
{
    public static void AddAmbassador(this SidecarBuilder sidecar)
    {
        sidecar.Settings.Add(() => AmbassadorSettings.All);
        sidecar.UseAgent(Compose);
    }

    internal static AgentPlan Compose(BoundSettings settings)
    {
        var routes = RouteReader.Read(settings);
        var forwarded = routes.Where(route => !route.Scheme.IsRedis()).Select(route => ForwardedRoute.Read(settings, route)).ToList();
        var redis = routes.Where(route => route.Scheme.IsRedis()).Select(route => ServedRedisRoute.Read(settings, route)).ToList();
        int[] ports = [.. routes.SelectMany(route => route.Listen).Select(address => address.EndPoint).OfType<IPEndPoint>().Select(end => end.Port).Distinct()];
        var drainOn = DrainOnSettings.Read(settings, ports);
        return new AgentPlan
        {
            Lines = [.. forwarded.Select(route => route.Describe()), .. redis.Select(route => route.Describe()), .. drainOn is null ? Array.Empty<string>() : [$"{drainOn}"]],
            AddServices = services =>
            {
                AddServices(services, routes, forwarded);
                AddRedis(services, redis);
                if (drainOn != null) services.AddHostedService(provider => ActivatorUtilities.CreateInstance<DrainOn>(provider, drainOn));
            },
            Meters = [AmbassadorMetrics.MeterName],
            UsesStandardOutput = forwarded.Exists(route => route.Http?.AccessLog is { Path: null }),
            ActivitySources = [TraceContext.SourceName],
            OwnPorts = ports,
        };
    }

    private static void AddServices(IServiceCollection services, IReadOnlyList<Route> routes, List<ForwardedRoute> forwarded)
    {
        services.AddSingleton(_ => new RouteListeners(routes));
        // Before all that serves: an address that is taken ends the start while nothing runs yet.
        services.AddHostedService(provider => provider.GetRequiredService<RouteListeners>());
        services.AddSingleton<AmbassadorMetrics>();
        services.AddSingleton<AccessLogs>();
        services.AddSingleton(provider => new ForwardedRoutes(forwarded, [.. routes.SelectMany(route => route.Listen)], provider));
        services.AddHostedService(provider =>
        {
            // Which logs there are is known once the routes are.
            provider.GetRequiredService<ForwardedRoutes>();
            return provider.GetRequiredService<AccessLogs>();
        });
        services.AddHostedService(provider =>
            ActivatorUtilities.CreateInstance<UpstreamLoops>(provider, provider.GetRequiredService<ForwardedRoutes>().Watched));
        services.AddHostedService(provider =>
            ActivatorUtilities.CreateInstance<HttpServer>(provider, provider.GetRequiredService<ForwardedRoutes>().Http));
        services.AddHostedService(provider =>
            ActivatorUtilities.CreateInstance<TcpServer>(provider, provider.GetRequiredService<ForwardedRoutes>().Tcp));
    }

    private static void AddRedis(IServiceCollection services, List<ServedRedisRoute> routes)
    {
        services.AddSingleton(provider =>
        {
            Func<Route, IReadOnlyList<Socket>> socketsOf = provider.GetRequiredService<RouteListeners>().Of;
            var listeners = ActivatorUtilities.CreateInstance<RedisListeners>(
                provider, routes.ConvertAll(served => (served.Route, served.Redis, served.Options)), socketsOf);
            provider.GetRequiredService<AmbassadorMetrics>().Observe(listeners.All);
            return listeners;
        });
        services.AddHostedService(provider => provider.GetRequiredService<RedisListeners>());
    }
}
