using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador;

/// <summary>A Redis route with all that its settings say.</summary>
internal sealed record ServedRedisRoute(Route Route, RedisRoute Redis, RedisOptions Options)
{
    public static ServedRedisRoute Read(BoundSettings settings, Route route)
    {
        var thing = settings.Named(AmbassadorSettings.Route).First(thing => thing.Name == route.Name);
        return new ServedRedisRoute(route, RedisAccess.Read(settings, thing, route), new RedisOptions
        {
            QueueTimeout = thing.Get(AmbassadorSettings.QueueTimeout),
            QueueBytes = (int)thing.Get(AmbassadorSettings.QueueBytes),
            Replay = thing.Get(AmbassadorSettings.Replays),
            SlowAfter = thing.Get(AmbassadorSettings.SlowAfter),
            ShowsArguments = thing.Get(AmbassadorSettings.SlowArguments),
            LocalPassword = thing.Get(AmbassadorSettings.LocalPassword),
            Denied = thing.Get(AmbassadorSettings.Deny),
            Io = settings.Get(AmbassadorSettings.RedisIo),
        });
    }

    /// <summary>What would happen, in one line.</summary>
    public string Describe()
    {
        var upstream = Route.Upstream[0];
        var hosts = string.Join(", ", upstream.Hosts);
        var where = upstream.MasterName is { } master ? $"the master '{master}' as the Sentinels {hosts} say"
            : Redis.IsCluster ? $"the cluster of {hosts}"
            : hosts;
        var login = (Redis.Tls is null ? "" : ", by TLS") + (Route.Credentials is null ? "" : ", logged in");
        return $"{Route.Name}: {string.Join(", ", Route.Listen)} -> {where} "
            + $"(database {upstream.Database}{login}; commands wait up to {Options.QueueTimeout.TotalSeconds:0.###} s for it)";
    }
}
