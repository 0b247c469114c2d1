namespace Sidecar.Logs.Discovery;

/// What is known of where the agent runs: host, pod, task. Some of it is told only after the start.
internal sealed class Surroundings(IReadOnlyDictionary<string, string> known)
{
    private volatile IReadOnlyDictionary<string, string> _known = known;

    /// Null when it is not known, or not yet.
    public string? ValueOf(string placeholder) => _known.GetValueOrDefault(placeholder);

    public void Learn(IReadOnlyDictionary<string, string> more) =>
        _known = _known.Concat(more).GroupBy(one => one.Key, StringComparer.Ordinal).ToDictionary(one => one.Key, one => one.Last().Value, StringComparer.Ordinal);
}
