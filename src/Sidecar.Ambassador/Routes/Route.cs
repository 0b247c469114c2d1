namespace Sidecar.Ambassador.Routes;

/// <summary>What listens where, and where it leads: one AMBASSADOR_ROUTE_&lt;NAME&gt; with what all protocols share, read and checked.</summary>
internal sealed record Route
{
    /// <summary>Lower case; the label of the route's metrics.</summary>
    public required string Name { get; init; }

    /// <summary>The variable that made it: AMBASSADOR_ROUTE_CACHE.</summary>
    public required string Variable { get; init; }

    /// <summary>At least one, of one scheme; exactly one for a Redis scheme.</summary>
    public required IReadOnlyList<UpstreamUrl> Upstream { get; init; }

    /// <summary>What is used while too few of those are up; of the same scheme.</summary>
    public IReadOnlyList<UpstreamUrl> Backup { get; init; } = [];

    /// <summary>A new version on trial; of the same scheme.</summary>
    public IReadOnlyList<UpstreamUrl> Canary { get; init; } = [];

    /// <summary>A file whose lines are used instead of the hosts above.</summary>
    public string? EndpointsFile { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<ListenAddress> Listen { get; init; }

    /// <summary>The mode of the unix sockets that it listens on; null leaves it to the umask.</summary>
    public UnixFileMode? ListenMode { get; init; }

    /// <summary>Which of the requests that come to its listeners are its own.</summary>
    public RequestScope Scope { get; init; } = RequestScope.Everything;

    /// <summary>From the URL or from _USERNAME and _PASSWORD; null when the route logs in nowhere.</summary>
    public RouteCredentials? Credentials { get; init; }

    public UpstreamScheme Scheme => Upstream[0].Scheme;

    public override string ToString() => $"{Name}: {string.Join(", ", Listen)}{Scope} -> {string.Join(';', Upstream)}";
}
