using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Tests.Upstreams;

/// The far side of a route as its settings would make it.
internal static class TestUpstream
{
    public static readonly EjectionOptions Ejection = new(5, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1));

    public static Upstream Make(string url, TimeProvider time, AgentState state, Balance balance = Balance.First) =>
        Make(url, time, state, new UpstreamOptions(balance, Ejection));

    public static Upstream Make(string url, TimeProvider time, AgentState state, UpstreamOptions options, string? backup = null, string? file = null)
    {
        Assert.True(UpstreamUrlParser.TryParse(url, out var urls, out _));
        Assert.True(ListenAddress.TryParse("9999", out var listen));
        IReadOnlyList<UpstreamUrl>? backups = [];
        if (backup != null) Assert.True(UpstreamUrlParser.TryParse(backup, out backups, out _));
        var route = new Route { Name = "x", Variable = "AMBASSADOR_ROUTE_X", Upstream = urls, Backup = backups!, EndpointsFile = file, Listen = listen };
        return new Upstream(route, options, time, state, NullLogger<Upstream>.Instance);
    }
}
