using Sidecar.Ambassador.Http;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>An HTTP or TCP route with all that its settings say.</summary>
/// <param name="Http">Null for a TCP route.</param>
internal sealed record ForwardedRoute(Route Route, UpstreamOptions Upstream, HealthOptions Health, HttpOptions? Http)
{
    public static ForwardedRoute Read(BoundSettings settings, Route route)
    {
        var thing = settings.Named(AmbassadorSettings.Route).First(thing => thing.Name == route.Name);
        var isHttp = route.Scheme.IsHttp();
        var retry = new RetryOptions(
            thing.Get(AmbassadorSettings.Retries), thing.Get(AmbassadorSettings.RetryBudget), (int)thing.Get(AmbassadorSettings.RetryBuffer),
            thing.Get(AmbassadorSettings.TryTimeout), thing.Get(AmbassadorSettings.Deadline));
        var http = new HttpOptions(retry, thing.Get(AmbassadorSettings.Timeout), thing.Get(AmbassadorSettings.PreserveHost));
        var ejection = new EjectionOptions(
            thing.Get(AmbassadorSettings.EjectAfter), thing.Get(AmbassadorSettings.EjectTime), thing.Get(AmbassadorSettings.EjectTimeMax));
        var health = new HealthOptions(
            thing.Get(AmbassadorSettings.HealthInterval), thing.Get(AmbassadorSettings.HealthTimeout), isHttp ? thing.Get(AmbassadorSettings.HealthPath) : null);
        var balance = thing.Get(AmbassadorSettings.Balancing) ?? (isHttp ? Balance.P2c : Balance.First);
        return new ForwardedRoute(route, new UpstreamOptions(balance, isHttp ? ejection : EjectionOptions.Never), health, isHttp ? http : null);
    }

    /// <summary>What would happen, in one line.</summary>
    public string Describe()
    {
        var hosts = string.Join(", ", Route.Upstream.SelectMany(url => url.Hosts.Select(host => $"{url.Scheme.Text()}://{host}{url.PathPrefix}")));
        var order = Upstream.Balance == Balance.First ? "the first that is up" : "the less busy of two";
        var check = Health.Path == null ? "a connection" : $"GET {Health.Path}";
        return $"{Route.Name}: {string.Join(", ", Route.Listen)} -> {hosts} ({order}; checked by {check} every {Health.Interval.TotalSeconds:0.###} s)";
    }
}
