namespace Sidecar.Ambassador.Http.Caching;

/// <summary>How results are written, in metrics and logs alike.</summary>
internal static class CacheResults
{
    public static string Text(this CacheResult result) => result switch
    {
        CacheResult.Hit => "hit",
        CacheResult.Stale => "stale",
        CacheResult.Revalidated => "revalidated",
        CacheResult.Miss => "miss",
        _ => "passed",
    };
}
