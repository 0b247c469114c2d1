using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>Reads who the ambassador is to the servers and the Sentinels of a Redis route, and how it knows that they are who they should be.</summary>
internal static class RedisAccess
{
    private static readonly ISetting[] SentinelSettings =
        [AmbassadorSettings.SentinelUsername, AmbassadorSettings.SentinelPassword, AmbassadorSettings.SentinelTls];

    public static RedisRoute Read(BoundSettings settings, NamedThing thing, Route route)
    {
        var isToSentinels = thing.Get(AmbassadorSettings.SentinelTls) ?? route.Scheme.IsTls();
        if (!route.Scheme.IsSentinel())
        {
            isToSentinels = false;
            foreach (var setting in SentinelSettings.Where(thing.IsSet)) settings.Fault(thing.VariableOf(setting), null, "expected only beside redis+sentinel:// or rediss+sentinel://");
        }

        UpstreamTls? tls = null;
        if (route.Scheme.IsTls() || isToSentinels) tls = TlsAccess.Read(settings, thing);
        else TlsAccess.Refuse(settings, thing, "rediss://, rediss+sentinel:// or rediss+cluster://");

        return RedisRoute.Of(route) with
        {
            Resolve = new NameLookup(settings.Get(AmbassadorSettings.NameServers), TimeProvider.System).FindHostAsync,
            Tls = route.Scheme.IsTls() ? tls : null,
            SentinelAccess = new ServerAccess(ReadSentinelCredentials(settings, thing), isToSentinels ? tls : null),
        };
    }

    private static RouteCredentials? ReadSentinelCredentials(BoundSettings settings, NamedThing thing)
    {
        var username = thing.Get(AmbassadorSettings.SentinelUsername);
        if (thing.Get(AmbassadorSettings.SentinelPassword) is { } password) return new RouteCredentials(username, () => password.Current);
        if (username != null) settings.Fault(thing.VariableOf(AmbassadorSettings.SentinelPassword), null, "expected beside a user name");
        return null;
    }
}
