namespace Sidecar.Adapter.Metrics;

/// Where further metrics come from: another endpoint or files, as Prometheus text or as JSON that holds numbers.
internal sealed record MetricsSource(string Name, string Shown, Func<CancellationToken, Task<string>> ReadAsync)
{
    public TimeSpan Timeout { get; init; }

    public int MaxSeries { get; init; }

    public IReadOnlyList<JsonMetric> Values { get; init; } = [];
}
