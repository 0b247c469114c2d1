namespace Footprint;

/// One agent as its image runs it: its settings, its memory limit, and a little work for it.
internal sealed record Agent(string Program, int LimitMebibytes, IReadOnlyDictionary<string, string> Settings, Func<CancellationToken, Task> WorkAsync);
