using System.Diagnostics.Metrics;
using System.Text;
using Sidecar.Hosting.Telemetry;

namespace Sidecar.Hosting.Tests.Telemetry;

public sealed class PrometheusTextTests
{
    [Theory]
    [InlineData("sidecar.logs.events.sent", "{event}", true, "sidecar_logs_events_sent")]
    [InlineData("sidecar.upstream.duration", "s", false, "sidecar_upstream_duration_seconds")]
    [InlineData("sidecar.bytes.read", "By", true, "sidecar_bytes_read_bytes")]
    [InlineData("jobs.total", null, true, "jobs")]
    [InlineData("share", "1", false, "share_ratio")]
    public void Names_follow_the_rules_of_opentelemetry_for_prometheus(string name, string? unit, bool isCounter, string family) =>
        Assert.Equal(family, PrometheusText.FamilyName(name, unit, isCounter));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Writes_counters_gauges_and_histograms_with_escaped_labels(bool isOpenMetrics)
    {
        var name = "Sidecar.Test." + Guid.NewGuid();
        using var meter = new Meter(name);
        using var pipeline = new TelemetryPipeline(BuildInfo.Of("test"), [name], [], sendsOtlp: false, serviceName: null);
        meter.CreateCounter<long>("test.events", "{event}", "What happened.").Add(3, new KeyValuePair<string, object?>("reason", "a\"b\\c\nd"));
        meter.CreateHistogram<double>("test.duration", "s").Record(0.03);
        meter.CreateObservableGauge("test.level", () => 1.5);

        var text = Encoding.UTF8.GetString(pipeline.Exporter.Render(isOpenMetrics));

        Assert.Contains(isOpenMetrics ? "# TYPE test_events counter\n" : "# TYPE test_events_total counter\n", text);
        Assert.Contains("test_events_total{reason=\"a\\\"b\\\\c\\nd\"} 3\n", text);
        Assert.Contains("test_duration_seconds_bucket{le=\"0.025\"} 0\n", text);
        Assert.Contains("test_duration_seconds_bucket{le=\"0.05\"} 1\n", text);
        Assert.Contains("test_duration_seconds_bucket{le=\"+Inf\"} 1\n", text);
        Assert.Contains("test_duration_seconds_count 1\n", text);
        Assert.Contains("test_level 1.5\n", text);
        Assert.Equal(isOpenMetrics, text.EndsWith("# EOF\n", StringComparison.Ordinal));
    }
}
