using System.Net;
using Sidecar.Ambassador.Http.Sharing;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;
using ListenAddress = Sidecar.Ambassador.Routes.ListenAddress;

namespace Sidecar.Ambassador;

/// <summary>Makes routes of the settings, and says everything that is wrong with one or between two of them.</summary>
internal static class RouteReader
{
    public static IReadOnlyList<Route> Read(BoundSettings settings)
    {
        var things = settings.Named(AmbassadorSettings.Route);
        if (things.Count == 0 && settings.Faults.Count == 0)
        {
            settings.Fault(
                AmbassadorSettings.Route.Variable, null, $"at least one route is expected, with its _LISTEN, such as {AmbassadorSettings.Route.Prefix}_ORDERS={AmbassadorSettings.Route.Example}");
        }

        var routes = new List<Route>();
        foreach (var thing in things)
        {
            if (Read(settings, thing) is { } route) routes.Add(route);
        }

        RefuseSharedListeners(settings, routes);
        foreach (var route in routes) RefuseOwnListeners(settings, route, routes);
        return routes;
    }

    private static Route? Read(BoundSettings settings, NamedThing thing)
    {
        var listen = thing.Get(AmbassadorSettings.Listen);
        var listenVariable = thing.VariableOf(AmbassadorSettings.Listen);
        var isListenWrong = settings.Faults.Any(fault => fault.Variable == listenVariable);
        if (listen is not { Count: > 0 } && !isListenWrong)
            settings.Fault(listenVariable, null, "the address that the app connects to is expected", ListenAddress.Example);

        if (!UpstreamUrlParser.TryParse(thing.Value, out var upstream, out var fault))
        {
            settings.Fault(thing.Variable, fault.Shown, $"expected {fault.Expected}", fault.Example);
            return null;
        }

        RefuseUnserved(settings, thing, upstream[0]);
        RefuseOpenListeners(settings, thing, upstream[0], listen ?? []);
        var credentials = ReadCredentials(settings, thing, upstream[0]);
        if (listen is not { Count: > 0 }) return null;
        return new Route
        {
            Name = thing.Name,
            Variable = thing.Variable,
            Upstream = upstream,
            Backup = ReadOthers(settings, thing, AmbassadorSettings.Backup, upstream[0]),
            Canary = ReadOthers(settings, thing, AmbassadorSettings.Canary, upstream[0]),
            EndpointsFile = thing.Get(AmbassadorSettings.EndpointsFile),
            Listen = listen,
            ListenMode = thing.Get(AmbassadorSettings.ListenMode),
            Credentials = credentials,
            Scope = ReadScope(thing),
        };
    }

    private static IReadOnlyList<UpstreamUrl> ReadOthers(BoundSettings settings, NamedThing thing, Setting<string?> setting, UpstreamUrl primary)
    {
        if (thing.Get(setting) is not { } text) return [];
        var variable = thing.VariableOf(setting);
        var written = text.Contains("://", StringComparison.Ordinal) ? text : $"{primary.Scheme.Text()}://{text}";
        if (!UpstreamUrlParser.TryParse(written, out var others, out var fault))
            settings.Fault(variable, UpstreamUrlParser.Mask(text), $"expected {fault.Expected}", setting.Example);
        else if (others[0].Scheme != primary.Scheme || others[0].HasUserinfo)
            settings.Fault(variable, UpstreamUrlParser.Mask(text), $"expected hosts that are spoken to as those of {thing.Variable}, without a user name of their own", setting.Example);
        else
            return others;
        return [];
    }

    private static void RefuseUnserved(BoundSettings settings, NamedThing thing, UpstreamUrl url)
    {
        if (url.IsSrv && url.Scheme.IsRedis())
            settings.Fault(thing.Variable, thing.Shown, "srv+ is not served for Redis by this version; expected host names with ports");
    }

    // What the route logs in with is anybody's who can connect to it.
    private static void RefuseOpenListeners(BoundSettings settings, NamedThing thing, UpstreamUrl url, IReadOnlyList<ListenAddress> listen)
    {
        var open = listen.FirstOrDefault(address => !address.IsLocal);
        if (open != null && url.Scheme.IsRedis() && !thing.Get(AmbassadorSettings.ListenExpose))
        {
            settings.Fault(
                thing.VariableOf(AmbassadorSettings.Listen), open.ToString(),
                $"a loopback address or a unix socket is expected: others than this machine could use Redis there ({thing.VariableOf(AmbassadorSettings.ListenExpose)}=true allows it)",
                ListenAddress.Example);
        }

        if (thing.Get(AmbassadorSettings.ListenMode) != null && !listen.Any(address => address.IsUnix))
            settings.Fault(thing.VariableOf(AmbassadorSettings.ListenMode), null, $"expected only beside a unix socket in {thing.VariableOf(AmbassadorSettings.Listen)}");
    }

    private static RouteCredentials? ReadCredentials(BoundSettings settings, NamedThing thing, UpstreamUrl url)
    {
        var username = thing.Get(AmbassadorSettings.Username);
        var password = thing.Get(AmbassadorSettings.Password);
        if (url.HasUserinfo && (username != null || password != null))
        {
            var beside = thing.VariableOf(password != null ? AmbassadorSettings.Password : AmbassadorSettings.Username);
            settings.Fault(beside, null, $"expected either this or a user name and password in {thing.Variable}, not both");
            return null;
        }

        var name = url.Username ?? username;
        if (url.Password is { } plain) return new RouteCredentials(new FollowedUrl(() => thing.Current, (name, plain)).Read);
        if (password != null) return new RouteCredentials(name, () => password.Current);
        if (name != null)
            settings.Fault(thing.VariableOf(AmbassadorSettings.Password), null, "expected beside a user name", example: null);
        return null;
    }

    private static RequestScope ReadScope(NamedThing thing)
    {
        var (hosts, paths) = (thing.Get(SharingSettings.Hosts), thing.Get(SharingSettings.Paths));
        return new RequestScope(hosts.Count == 0 ? [""] : hosts, paths.Count == 0 ? [""] : paths);
    }

    private static void RefuseSharedListeners(BoundSettings settings, List<Route> routes)
    {
        for (var i = 0; i < routes.Count; i++)
        {
            var faults = from address in routes[i].Listen
                         from other in routes.Take(i)
                         where other.Listen.Any(address.Overlaps)
                         let fault = FaultOfSharing(routes[i], other, address)
                         where fault != null
                         select (address, fault);
            foreach (var (address, fault) in faults.Take(1)) settings.Fault($"{routes[i].Variable}_LISTEN", address.ToString(), fault);
        }
    }

    /// <returns>Null where the two can be told apart.</returns>
    private static string? FaultOfSharing(Route route, Route other, ListenAddress address)
    {
        if (!route.Scheme.IsHttp() || !other.Scheme.IsHttp()) return $"{other.Variable} listens there too; expected an address of its own";
        if (!other.Listen.Any(listen => listen.EndPoint.Equals(address.EndPoint))) return $"{other.Variable} listens on a part of it; expected the same address, to share it, or one of its own";
        if (route.ListenMode != other.ListenMode) return $"{other.Variable} listens there too, and their _LISTEN_MODE differs; expected the same";
        return route.Scope.SharedWith(other.Scope) is { } both
            ? $"{other.Variable} listens there too and takes the same requests ({both}); expected an address of its own, or _HOSTS or _PATHS that tell the two apart"
            : null;
    }

    private static void RefuseOwnListeners(BoundSettings settings, Route route, List<Route> routes)
    {
        foreach (var host in route.Upstream.Concat(route.Backup).Concat(route.Canary).SelectMany(url => url.Hosts))
        {
            var targets = Targets(host);
            var own = routes.Find(other => other.Listen.Any(address => targets.Any(address.IsReachedBy)));
            if (own == null) continue;
            settings.Fault(
                route.Variable, string.Join(';', route.Upstream),
                $"{host} is a listener of the ambassador itself ({own.Variable}_LISTEN); expected another server's address");
            return;
        }
    }

    private static IPEndPoint[] Targets(HostPort host)
    {
        if (host.Host == "localhost") return [new IPEndPoint(IPAddress.Loopback, host.Port), new IPEndPoint(IPAddress.IPv6Loopback, host.Port)];
        return IPAddress.TryParse(host.Host, out var address) ? [new IPEndPoint(address, host.Port)] : [];
    }
}
