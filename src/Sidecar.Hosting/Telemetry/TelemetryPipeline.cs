using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Sidecar.Hosting.Telemetry;

/// <summary>
/// The OpenTelemetry SDK with our sources: a pull exporter for /metrics always, OTLP for metrics and traces when an endpoint
/// is set. The SDK reads the other OTEL_* variables itself.
/// </summary>
public sealed class TelemetryPipeline : IDisposable
{
    // Prometheus' own default buckets, in seconds, with two below: a local call takes less than 5 ms.
    private static readonly double[] SecondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private const int MaxSeriesPerMetric = 1000;

    private readonly MeterProvider _meters;
    private readonly TracerProvider? _traces;

    public TelemetryPipeline(BuildInfo build, IEnumerable<string> meters, IEnumerable<string> activitySources, bool sendsOtlp, string? serviceName)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(serviceName ?? build.Program, serviceVersion: build.Version);
        var metricsBuilder = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter([HostingMetrics.MeterName, "System.Runtime", .. meters])
            .AddView(instrument => instrument is Histogram<double> { Unit: "s" }
                ? new ExplicitBucketHistogramConfiguration { Boundaries = SecondBuckets, CardinalityLimit = MaxSeriesPerMetric }
                : new MetricStreamConfiguration { CardinalityLimit = MaxSeriesPerMetric })
            .AddReader(new BaseExportingMetricReader(Exporter));
        if (sendsOtlp)
        {
            metricsBuilder.AddOtlpExporter();
            _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource([.. activitySources]).AddOtlpExporter().Build();
        }

        _meters = metricsBuilder.Build();
    }

    public PrometheusExporter Exporter { get; } = new();

    /// <summary>
    /// Sends what was measured last, if the collector takes it within this time. To be called before <see cref="Dispose"/>, in which
    /// each of the two waits for five seconds by itself.
    /// </summary>
    internal Task ShutdownAsync(TimeSpan within)
    {
        var milliseconds = (int)within.TotalMilliseconds;
        return Task.WhenAll(
            Task.Factory.StartNew(() => _traces?.Shutdown(milliseconds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default),
            Task.Factory.StartNew(() => _meters.Shutdown(milliseconds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _meters.Dispose();
    }
}
