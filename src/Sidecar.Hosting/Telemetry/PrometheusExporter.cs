using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Sidecar.Hosting.Telemetry;

/// <summary>A pull exporter on the OpenTelemetry SDK: collects when asked and renders Prometheus text or OpenMetrics.</summary>
[ExportModes(ExportModes.Pull)]
public sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private const int CollectTimeoutMilliseconds = 5000;

    private readonly Lock _lock = new();
    private PrometheusText _text = new(isOpenMetrics: false);

    public Func<int, bool>? Collect { get; set; }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            _text.Add(metric);
        }

        return ExportResult.Success;
    }

    /// <summary>All metrics as they are now. One caller at a time: collecting is the SDK's, and not for two at once.</summary>
    public byte[] Render(bool isOpenMetrics)
    {
        lock (_lock)
        {
            _text = new PrometheusText(isOpenMetrics);
            Collect?.Invoke(CollectTimeoutMilliseconds);
            return _text.Finish();
        }
    }
}
