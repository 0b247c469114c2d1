using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>Keeps watch over the endpoints of all routes, and says on the status page how they are.</summary>
internal sealed class UpstreamLoops(
    IReadOnlyList<WatchedUpstream> watched, AmbassadorMetrics metrics, Loops loops, AgentState state) : IHostedService, IDisposable
{
    // A turn waits for an answer and then for the next; a resolver may take 15 s to give up.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loops = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Observe([.. watched.Select(watch => watch.Upstream)]);
        RoutesPage.AddTo(state, [.. watched.Select(watch => watch.Upstream.Route)], Status, metrics);
        var names = watched.Where(watch => Discovery.IsNeededFor(watch.Upstream.Route))
            .Select(watch => loops.RunAsync($"names {watch.Upstream.Route.Name}", watch.Discovery.TurnAsync, MaxSilence, _stopping.Token));
        var checks = watched
            .Select(watch => loops.RunAsync($"health {watch.Upstream.Route.Name}", watch.Checks.TurnAsync, MaxSilence, _stopping.Token));
        _loops = Task.WhenAll([.. names, .. checks]);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loops;
    }

    public void Dispose() => _stopping.Dispose();

    private JsonObject Status()
    {
        var routes = new JsonObject();
        foreach (var watch in watched)
        {
            var upstream = watch.Upstream;
            var route = new JsonObject
            {
                ["listen"] = new JsonArray([.. upstream.Route.Listen.Select(address => (JsonNode)address.ToString())]),
                ["upstream"] = string.Join(';', upstream.Route.Upstream),
                ["names"] = upstream.ResolveFailure ?? "ok",
                ["endpoints"] = new JsonArray([.. upstream.Endpoints.All.Select(Status)]),
            };
            foreach (var (name, now) in watch.Told) route[name] = now();
            routes[upstream.Route.Name] = route;
        }

        return routes;
    }

    /// <summary>How an endpoint is, why, and when it may come back.</summary>
    internal static JsonNode Status(Endpoint endpoint)
    {
        var health = endpoint.Health;
        return new JsonObject
        {
            ["address"] = endpoint.Address.ToString(),
            ["host"] = endpoint.Origin.ToString(),
            ["state"] = health.IsHealthy ? "up" : health.Fitness == Fitness.Unfit ? "unfit" : "down",
            ["reason"] = health.DownReason,
            ["since"] = Text(health.Since),
            ["not_before"] = !health.IsHealthy && health.NotBefore > health.Since ? Text(health.NotBefore) : null,
            ["role"] = endpoint.IsCanary ? "canary" : endpoint.Priority >= Discovery.FirstBackup ? "backup" : "normal",
            ["weight"] = endpoint.Weight,
            ["in_flight"] = endpoint.InFlight,
        };
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
