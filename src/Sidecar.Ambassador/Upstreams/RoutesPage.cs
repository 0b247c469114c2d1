using System.Text.Json.Nodes;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>What the status page shows of HTTP and TCP routes: each route, each endpoint, and how much passes.</summary>
internal static class RoutesPage
{
    public static void AddTo(AgentState state, IReadOnlyList<Route> routes, Func<JsonNode> status, AmbassadorMetrics metrics)
    {
        var tables = routes.Count == 0 ? [] : new[] { Routes, Endpoints };
        state.Section("routes", status, tables);
        if (routes.Any(route => !IsTcp(route)))
        {
            state.Rate("HTTP requests", "", () => metrics.RequestsSoFar);
            state.Rate("HTTP requests that failed", "", () => metrics.FailedSoFar);
        }

        if (routes.Any(IsTcp)) state.Rate("TCP connections", "", () => metrics.ConnectionsSoFar);
    }

    private static StatusTable Routes => new(
        "Routes",
        new StatusColumn("route", "Route"),
        new StatusColumn("up", "Endpoints up"),
        new StatusColumn("names", "Names", StatusForm.Trouble),
        new StatusColumn("upstream", "Goes to", StatusForm.Code),
        new StatusColumn("listen", "Listens on", StatusForm.Code))
    {
        Rows = section => section.AsObject().Select(route => Row(route.Key, route.Value!.AsObject())),
    };

    private static StatusTable Endpoints => new(
        "Endpoints",
        new StatusColumn("address", "Endpoint", StatusForm.Code),
        new StatusColumn("route", "Route"),
        new StatusColumn("state", "State", StatusForm.State),
        new StatusColumn("reason", "Why"),
        new StatusColumn("since", "Changed", StatusForm.Ago),
        new StatusColumn("in_flight", "In flight"))
    {
        Rows = section => section.AsObject().SelectMany(route => route.Value!["endpoints"]!.AsArray().Select(endpoint => Named(route.Key, endpoint!))),
    };

    private static bool IsTcp(Route route) => route.Scheme is UpstreamScheme.Tcp or UpstreamScheme.Tls;

    private static JsonObject Row(string name, JsonObject route)
    {
        var endpoints = route["endpoints"]!.AsArray();
        var row = Named(name, route);
        row["up"] = $"{endpoints.Count(endpoint => endpoint!["state"]!.ToString() == "up")} of {endpoints.Count}";
        row.Remove("endpoints");
        return row;
    }

    private static JsonObject Named(string route, JsonNode of)
    {
        var row = of.DeepClone().AsObject();
        row["route"] = route;
        return row;
    }
}
