using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Names;

namespace Sidecar.Ambassador.Redis;

/// What a route means to Redis.
internal sealed record RedisRoute
{
    public required string Name { get; init; }

    /// The server, the Sentinels to ask for it, or nodes of the cluster.
    public required IReadOnlyList<HostPort> Hosts { get; init; }

    /// The master's name with the Sentinels; null for a server of its own.
    public string? MasterName { get; init; }

    public int Database { get; init; }

    public RouteCredentials? Credentials { get; init; }

    public UpstreamTls? Tls { get; init; }

    /// What the Sentinels are asked with.
    public ServerAccess SentinelAccess { get; init; } = new(null, null);

    /// How names become addresses, and for how long.
    public Func<HostPort, CancellationToken, Task<NameAnswer>> Resolve { get; init; } = new NameLookup([], TimeProvider.System).FindHostAsync;

    public ServerAccess Access => new(Credentials, Tls);

    public static RedisRoute Of(Route route)
    {
        var upstream = route.Upstream[0];
        return new RedisRoute
        {
            Name = route.Name,
            Hosts = upstream.Hosts,
            MasterName = upstream.MasterName,
            IsCluster = upstream.Scheme.IsCluster(),
            Database = upstream.Database,
            Credentials = route.Credentials,
        };
    }

    /// The hosts are some of a cluster's nodes, which know the others.
    public bool IsCluster { get; init; }

    public bool IsSentinel => MasterName is not null;
}
