using Microsoft.AspNetCore.Http;
using Sidecar.Hosting.Telemetry;

namespace Sidecar.Hosting.Admin;

/// <summary>/metrics: Prometheus text, or OpenMetrics when asked for.</summary>
internal static class MetricsPage
{
    /// <param name="merge">Adds others' metrics, in the plain format only; null when there are none.</param>
    public static void Map(AdminEndpoints endpoints, TelemetryPipeline telemetry, Func<HttpContext, byte[], Task<byte[]>>? merge) => endpoints.Get("/metrics", async context =>
    {
        if (merge is not null)
        {
            var merged = await merge(context, telemetry.Exporter.Render(isOpenMetrics: false));
            await Answers.BytesAsync(context, PrometheusText.PlainContentType, merged);
            return;
        }

        var isOpenMetrics = context.Request.Headers.Accept.Any(accept => accept?.Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase) == true);
        var contentType = isOpenMetrics ? PrometheusText.OpenMetricsContentType : PrometheusText.PlainContentType;
        await Answers.BytesAsync(context, contentType, telemetry.Exporter.Render(isOpenMetrics));
    });
}
