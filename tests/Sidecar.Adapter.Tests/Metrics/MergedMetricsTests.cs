using System.Text;
using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Metrics;

public sealed class MergedMetricsTests
{
    private static readonly (string, string) Probe = ("ADAPTER_PROBE_HOST", "file:/etc/hostname");

    [Fact]
    public async Task An_apps_own_metrics_its_JSON_and_files_stand_beside_ours()
    {
        using var volume = new TempVolume();
        volume.Write("batch.prom", "batch_last_success 1700000000\n");
        volume.Write("ignored.txt", "ignored 1\n");
        await using var app = await LoopbackServer.StartAsync(context => context.Response.WriteAsync(
            context.Request.Path == "/vars" ? """{"queue":{"length":12}}""" : "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 7\n"));
        await using var adapter = await RunningAdapter.StartAsync(
            Probe, ("ADAPTER_METRICS_APP", $"http://127.0.0.1:{app.Port}/metrics"),
            ("ADAPTER_METRICS_VARS", $"http://127.0.0.1:{app.Port}/vars"), ("ADAPTER_METRICS_VARS_VALUES", "queue_length=$.queue.length"),
            ("ADAPTER_METRICS_BATCH", $"file:{volume.Root}/*.prom"));
        await adapter.WaitForAsync("/health/host", 200);

        var (_, metrics) = await adapter.GetAsync("/metrics");

        foreach (var line in (string[])[
            "http_requests_total{source=\"app\",code=\"200\"} 7\n", "queue_length{source=\"vars\"} 12\n", "batch_last_success{source=\"batch\"} 1700000000\n",
            "sidecar_adapter_probe_up{probe=\"host\"} 1\n", "sidecar_adapter_metrics_source_up{source=\"app\"} 1\n", "# TYPE http_requests_total counter\n"])
            Assert.Contains(line, metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("ignored", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_gone_hangs_is_too_large_or_is_no_metrics_is_left_out_and_the_others_stand()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await LoopbackServer.StartAsync(async context =>
        {
            if (context.Request.Path == "/hangs")
                await over.Task;
            await context.Response.WriteAsync(context.Request.Path.Value switch
            {
                "/large" => new string('x', 100_000),
                "/html" => "<html>hello</html>",
                "/half" => "well_too 1\njob{a=\"b",
                "/words" => "hello world\n",
                "/surrogate" => """{"q":"\ud800"}""",
                "/many" => string.Concat(Enumerable.Range(0, 50).Select(number => $"m{number} 1\n")),
                _ => "well 1\n",
            });
        });
        string Url(string path) => $"http://127.0.0.1:{app.Port}/{path}";
        await using var adapter = await RunningAdapter.StartAsync(
            Probe, ("ADAPTER_METRICS_WELL", Url("well")), ("ADAPTER_METRICS_HTML", Url("html")), ("ADAPTER_METRICS_HALF", Url("half")), ("ADAPTER_METRICS_WORDS", Url("words")),
            ("ADAPTER_METRICS_SURROGATE", Url("surrogate")), ("ADAPTER_METRICS_SURROGATE_VALUES", "q=$.q"),
            ("ADAPTER_METRICS_LARGE", Url("large")), ("ADAPTER_METRICS_LARGE_MAX_SIZE", "64KiB"),
            ("ADAPTER_METRICS_MANY", Url("many")), ("ADAPTER_METRICS_MANY_MAX_SERIES", "49"),
            ("ADAPTER_METRICS_HANGS", Url("hangs")), ("ADAPTER_METRICS_HANGS_TIMEOUT", "100ms"),
            ("ADAPTER_METRICS_GONE", $"http://127.0.0.1:{FreePort.Next()}/"), ("ADAPTER_METRICS_NOWHERE", "file:/nowhere/*.prom"));

        var (_, metrics) = await adapter.GetAsync("/metrics");
        over.SetResult();

        Assert.Contains("well{source=\"well\"} 1\n", metrics, StringComparison.Ordinal);
        foreach (var source in (string[])["html", "half", "words", "surrogate", "large", "many", "hangs", "gone", "nowhere"])
            Assert.Contains($"sidecar_adapter_metrics_source_up{{source=\"{source}\"}} 0\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("m0{", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("well_too", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_a_source()
    {
        using var volume = new TempVolume();
        File.WriteAllText(volume.PathOf("batch.prom"), "batch 3\n", Encoding.UTF8);
        await using var app = await LoopbackServer.StartAsync(context => context.Response.WriteAsync(context.Request.Path == "/vars" ? "\ufeff{\"queue\":12}" : "\ufeffpage 7\n"));
        await using var adapter = await RunningAdapter.StartAsync(
            Probe, ("ADAPTER_METRICS_VARS", $"http://127.0.0.1:{app.Port}/vars"), ("ADAPTER_METRICS_VARS_VALUES", "queue=$.queue"),
            ("ADAPTER_METRICS_PAGE", $"http://127.0.0.1:{app.Port}/"), ("ADAPTER_METRICS_BATCH", $"file:{volume.Root}/*.prom"));

        var (_, metrics) = await adapter.GetAsync("/metrics");

        foreach (var line in (string[])["queue{source=\"vars\"} 12\n", "page{source=\"page\"} 7\n", "batch{source=\"batch\"} 3\n"])
            Assert.Contains(line, metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_merges_itself_ends_at_once()
    {
        var port = FreePort.Next();
        await using var adapter = await RunningAdapter.StartAtAsync(port, Probe, ("ADAPTER_METRICS_SELF", $"http://127.0.0.1:{port}/metrics"));

        var (_, metrics) = await adapter.GetAsync("/metrics");

        Assert.Contains("sidecar_adapter_metrics_source_up{source=\"self\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("sidecar_adapter_probe_up{source=\"self\",probe=\"host\"} ", metrics, StringComparison.Ordinal);
    }
}
