using Sidecar.Hosting.Telemetry;

namespace Sidecar.Hosting.Admin;

/// <summary>/metrics: Prometheus text, or OpenMetrics when asked for.</summary>
internal static class MetricsPage
{
    public static void Map(AdminEndpoints endpoints, TelemetryPipeline telemetry) => endpoints.Get("/metrics", context =>
    {
        var isOpenMetrics = context.Request.Headers.Accept.Any(accept => accept?.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) == true);
        var contentType = isOpenMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.PlainContentType;
        return Answers.BytesAsync(context, contentType, telemetry.Exporter.Render(isOpenMetrics));
    });
}
