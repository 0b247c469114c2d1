namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>Where a name leads and for how long that holds; or why nothing was found.</summary>
internal sealed record NameAnswer(IReadOnlyList<FoundAddress> Found, TimeSpan Ttl, string? Failure = null)
{
    /// <summary>It was an address already.</summary>
    public bool IsForever => Ttl == Timeout.InfiniteTimeSpan;

    public static NameAnswer Failed(string why, TimeSpan ttl = default) => new([], ttl, why);
}
