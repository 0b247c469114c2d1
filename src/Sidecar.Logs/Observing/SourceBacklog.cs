namespace Sidecar.Logs.Observing;

/// What of a source is written but not acknowledged, and for how long the oldest of it has waited.
internal sealed record SourceBacklog(string Source, int Files, long UnreadBytes, TimeSpan Age);
