namespace Sidecar.Ambassador.Http.Caching;

/// <summary>What a route's cache did for a request; a label of metrics, so the set is closed.</summary>
internal enum CacheResult
{
    /// <summary>It answered with what it has.</summary>
    Hit,

    /// <summary>It answered with what has had its time, because that is allowed.</summary>
    Stale,

    /// <summary>The service said that what it has still holds.</summary>
    Revalidated,

    /// <summary>It had nothing to answer with.</summary>
    Miss,

    /// <summary>It had no say: the method, or the request itself.</summary>
    Passed,
}
