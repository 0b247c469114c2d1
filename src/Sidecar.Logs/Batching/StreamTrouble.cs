namespace Sidecar.Logs.Batching;

/// Why a stream's events are not taken at the moment, and since when, in milliseconds of the agent's clock.
internal sealed record StreamTrouble(string Kind, string Reason, long SinceMs);
