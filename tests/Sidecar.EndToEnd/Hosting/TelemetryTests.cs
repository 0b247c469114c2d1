using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd.Hosting;

public sealed class TelemetryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_go_out_by_otlp_when_an_endpoint_is_set()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancellation);
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-adapter", new Dictionary<string, string>
        {
            ["ADAPTER_PROBE_SELF"] = "process:no-such-process",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Endpoint,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_SERVICE_NAME"] = "orders-health",
        }, Cancellation);

        await Eventually.TrueAsync(() => receiver.HasReceived("/v1/metrics", "sidecar.ready"), cancellation: Cancellation);

        Assert.True(receiver.HasReceived("/v1/metrics", "orders-health"));
    }

    [Fact]
    public async Task A_collector_that_is_away_costs_the_agent_nothing_but_the_metrics()
    {
        await using var sidecar = await SidecarProcess.StartReadyAsync("sidecar-adapter", new Dictionary<string, string>
        {
            ["ADAPTER_PROBE_SELF"] = "process:no-such-process",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "100",
        }, Cancellation);

        var (status, _) = await sidecar.GetAsync("/metrics", Cancellation);
        sidecar.Terminate();

        Assert.Equal(200, status);
        Assert.Equal(0, await sidecar.WaitForExitAsync(cancellation: Cancellation));
    }
}
