namespace Sidecar.Ambassador.Http.Caching;

/// <summary>What a route keeps of its answers.</summary>
/// <param name="Bytes">How much memory they may take together.</param>
/// <param name="StaleIfError">How long after its time an answer may stand in for an error, whether or not it says so itself.</param>
internal sealed record CacheOptions(long Bytes, TimeSpan StaleIfError);
