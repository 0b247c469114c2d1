using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sidecar.EndToEnd.Hosting;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// What others take their time for must not hold up the end of the published program.
public sealed class LateEndTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_signal_ends_it_at_once_though_a_request_is_under_way()
    {
        int port = FreePort.Next(), listen = FreePort.Next();
        var hasArrived = new TaskCompletionSource();
        await using var slow = await StandInHttp.StartAsync(port, context =>
        {
            hasArrived.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var ambassador = await StartAsync(port, listen);
        var answer = GetAsync(listen);
        await hasArrived.Task.WaitAsync(Eventually.Patience, Cancellation);
        ambassador.Terminate();
        await ambassador.Process.WaitForLineAsync(line => line.Contains("Stopping", StringComparison.Ordinal), cancellation: Cancellation);

        ambassador.Terminate();

        Assert.Equal(1, await ambassador.WaitForExitAsync(TimeSpan.FromSeconds(5), Cancellation));
        Assert.Contains("A second signal", ambassador.Output[^1], StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
    }

    [Theory]
    [InlineData("http/protobuf", "25s")]
    [InlineData("grpc", "25s")]
    [InlineData("http/protobuf", "1s")]
    public async Task A_collector_that_accepts_and_never_answers_does_not_hold_up_the_end(string protocol, string timeout)
    {
        int port = FreePort.Next(), listen = FreePort.Next();
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var shop = await StandInHttp.StartAsync(port, _ => "{}");
        await using var ambassador = await StartAsync(
            port, listen, ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{collector.LocalEndpoint}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("SIDECAR_SHUTDOWN_TIMEOUT", timeout));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(listen));
        await Eventually.TrueAsync(collector.Pending, cancellation: Cancellation);

        ambassador.Terminate();

        Assert.Equal(0, await ambassador.WaitForExitAsync(TimeSpan.FromSeconds(7), Cancellation));
    }

    [Fact]
    public async Task What_was_measured_last_is_sent_before_the_end()
    {
        int port = FreePort.Next(), listen = FreePort.Next();
        await using var collector = await OtlpReceiver.StartAsync(Cancellation);
        await using var shop = await StandInHttp.StartAsync(port, _ => "{}");
        await using var ambassador = await StartAsync(
            port, listen, ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"), ("OTEL_BSP_SCHEDULE_DELAY", "3600000"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(listen));

        ambassador.Terminate();

        Assert.Equal(0, await ambassador.WaitForExitAsync(cancellation: Cancellation));
        Assert.True(collector.HasReceived("/v1/metrics", "sidecar.ambassador.http.requests"));
        Assert.True(collector.HasReceived("/v1/traces", "sidecar.route"));
    }

    private static async Task<SidecarProcess> StartAsync(int port, int listen, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_SHOP"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            ["AMBASSADOR_ROUTE_SHOP_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return await SidecarProcess.StartReadyAsync("sidecar-ambassador", settings, Cancellation);
    }

    private static async Task<HttpStatusCode> GetAsync(int listen)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listen}/")), Cancellation);
        return answer.StatusCode;
    }
}
