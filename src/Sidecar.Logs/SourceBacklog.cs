namespace Sidecar.Logs;

/// How many files a source has now, and how much of them waits.
internal readonly record struct SourceBacklog(string Source, int Files, long UnreadBytes);
