namespace Sidecar.Ambassador.Http.Caching;

/// <summary>What may be done with a stored answer for one request.</summary>
internal enum CacheUse
{
    /// <summary>There is none, or the service has to be asked first.</summary>
    Ask,

    /// <summary>It holds.</summary>
    Fresh,

    /// <summary>It has had its time, and the caller takes it all the same.</summary>
    Stale,

    /// <summary>It has had its time, and may be used while the service is asked for a new one.</summary>
    StaleMeanwhile,
}
