namespace Sidecar.Ambassador.Http.Faults;

/// <summary>An answer of the ambassador's own: what the caller gets, and whose fault it is.</summary>
/// <param name="Endpoint">The endpoint that was asked last; null when none was.</param>
/// <param name="RetryAfter">When it makes sense to come again.</param>
/// <param name="ReceivedStatus">What the endpoint answered, where that is the fault; else 0.</param>
/// <param name="Received">What those behind the endpoint said of it.</param>
internal sealed record Failure(
    int Status, ProxyError Error, FaultOrigin Origin, string Words, string? Endpoint = null, TimeSpan? RetryAfter = null, int ReceivedStatus = 0, IReadOnlyList<string>? Received = null);
