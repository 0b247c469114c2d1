namespace Sidecar.Ambassador.Routes;

/// <summary>Which of the requests that come to a listener are a route's: those for one of the hosts and one of the paths.</summary>
/// <param name="Hosts">At least one: a name, <c>*.suffix</c>, or "" for any.</param>
/// <param name="Paths">At least one: a beginning without a slash at its end, "" for any.</param>
internal sealed record RequestScope(IReadOnlyList<string> Hosts, IReadOnlyList<string> Paths)
{
    public static readonly RequestScope Everything = new([""], [""]);

    public bool IsEverything => Hosts is [""] && Paths is [""];

    /// <summary>A host and a path that neither of the two has more claim to; null when there is none.</summary>
    public string? SharedWith(RequestScope other)
    {
        var hosts = Hosts.Intersect(other.Hosts).ToList();
        var paths = Paths.Intersect(other.Paths).ToList();
        if (hosts.Count == 0 || paths.Count == 0) return null;
        return $"{(hosts[0].Length == 0 ? "any host" : $"host {hosts[0]}")} and {(paths[0].Length == 0 ? "any path" : $"path {paths[0]}")}";
    }

    public override string ToString()
    {
        var hosts = Hosts is [""] ? "" : $" for {string.Join(", ", Hosts)}";
        return Paths is [""] ? hosts : $"{hosts} below {string.Join(", ", Paths.Select(path => path.Length == 0 ? "/" : path))}";
    }
}
