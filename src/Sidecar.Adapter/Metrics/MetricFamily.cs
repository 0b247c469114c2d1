namespace Sidecar.Adapter.Metrics;

/// One metric of the Prometheus text format: its help and type, said once, and all its samples together.
internal sealed class MetricFamily(string name)
{
    public string Name => name;

    public string? Help { get; set; }

    public string? Type { get; set; }

    /// Lines as they are written.
    public List<string> Samples { get; } = [];
}
