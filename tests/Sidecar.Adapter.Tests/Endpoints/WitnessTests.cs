using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Endpoints;

/// Programs that are not ours agree: Prometheus reads our metrics, and gRPC's own client our health service.
public sealed class WitnessTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    // Service 1 of the request is the name, 1 of the answer the status.
    private const string AskByGrpc = """
        import sys, grpc
        channel = grpc.insecure_channel(sys.argv[1])
        def frame(name): return b'\x0a' + bytes([len(name)]) + name.encode()
        check = channel.unary_unary('/grpc.health.v1.Health/Check')
        watch = channel.unary_stream('/grpc.health.v1.Health/Watch')
        for name in sys.argv[2:]:
            try: print(name, check(frame(name), timeout=10).hex())
            except grpc.RpcError as e: print(name, e.code().name)
        for answer in watch(frame(sys.argv[2]), timeout=10):
            print('watch', answer.hex())
            break
        """;

    // What takes a whole page down where it stands on it.
    private static readonly Dictionary<string, string> Broken = new()
    {
        ["WORDS"] = "hello world\n",
        ["HALF"] = "ok 1\njob{a=\"b",
        ["OPEN"] = "job{a=\"b\" 3\n",
        ["NUMBER"] = "x 12e\n",
        ["LABEL"] = "x{a-b=\"c\"} 1\n",
        ["TWICE"] = "x{a=\"b\",a=\"c\"} 1\n",
        ["TYPE"] = "# TYPE x banana\nx 1\n",
        ["EXEMPLAR"] = "x_total 3 # {trace_id=\"a\"} 1\n",
        ["UNQUOTED"] = "x{a=b} 1\n",
    };

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Promtool_finds_nothing_to_mend_in_our_metrics_with_others_merged_in()
    {
        Need("promtool");
        _volume.Write("queue.metrics", "jms_total{source=\"queue\",x=\"\\\"}\"} 3\n");
        foreach (var (name, text) in Broken)
            _volume.Write($"{name}.broken", text);
        _volume.Write("job.prom", "# HELP job_seconds How long it took.\n# TYPE job_seconds summary\njob_seconds_sum 3\njob_seconds_count 2\n");
        await using var adapter = await StartAsync(
        [
            ("ADAPTER_METRICS_JOB", $"file:{_volume.Root}/*.prom"), ("ADAPTER_METRICS_QUEUE", $"file:{_volume.Root}/*.metrics"), ("ADAPTER_METRICS_POD", "auto"),
            .. Broken.Keys.Select(name => ($"ADAPTER_METRICS_{name}", $"file:{_volume.Root}/{name}.broken")),
        ]);
        await adapter.WaitForAsync("/health/ready", 200);
        var (_, metrics) = await adapter.GetAsync("/metrics");
        _volume.Write("metrics.txt", metrics);

        await using var promtool = ChildProcess.Start("/bin/sh", ["-c", $"promtool check metrics < {_volume.PathOf("metrics.txt")}"]);
        var exitCode = await promtool.WaitForExitAsync(cancellation: Cancellation);

        // 3 is for matters of taste (cAdvisor's names among them), 1 for what can't be read.
        Assert.DoesNotContain("sidecar_", promtool.Transcript, StringComparison.Ordinal);
        Assert.True(exitCode is 0 or 3, promtool.Transcript);
        Assert.Contains("job_seconds_count{source=\"job\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("jms_total{source=\"queue\",exported_source=\"queue\",", metrics, StringComparison.Ordinal);
        Assert.All(Broken.Keys, name => Assert.Contains($"source_up{{source=\"{name.ToLowerInvariant()}\"}} 0\n", metrics, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prometheus_scrapes_us_and_a_target_through_our_probe_page_with_a_configuration_for_blackbox_exporter()
    {
        Need("prometheus");
        await using var adapter = await StartAsync(("ADAPTER_PROBE_TARGETS", "127.0.0.1"));
        var (ours, port) = (adapter.Http.BaseAddress!.Authority, FreePort.Next());
        _volume.Write("prometheus.yml", $$"""
            global: { scrape_interval: 1s }
            scrape_configs:
              - job_name: adapter
                static_configs: [ { targets: [ '{{ours}}' ] } ]
              - job_name: blackbox
                metrics_path: /probe
                params: { module: [ http_2xx ] }
                static_configs: [ { targets: [ 'http://{{ours}}/livez' ] } ]
                relabel_configs:
                  - { source_labels: [ __address__ ], target_label: __param_target }
                  - { source_labels: [ __param_target ], target_label: instance }
                  - { target_label: __address__, replacement: '{{ours}}' }
            """);
        await using var prometheus = ChildProcess.Start(
            "prometheus",
            [$"--config.file={_volume.PathOf("prometheus.yml")}", $"--storage.tsdb.path={_volume.PathOf("data")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}")]);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        foreach (var query in (string[])["sidecar_adapter_probe_up{probe=\"beat\"}", "up{job=\"adapter\"}", "probe_success{job=\"blackbox\"}", "probe_http_status_code == bool 200"])
            await Eventually.TrueAsync(() => IsOneAsync(client, query), TimeSpan.FromSeconds(30), Cancellation, $"{query} is 1\n{prometheus.Transcript}");
    }

    [Fact]
    public async Task The_gRPC_client_of_Google_reads_the_verdict()
    {
        var port = FreePort.Next();
        await using (var import = ChildProcess.Start("/bin/sh", ["-c", $"{Python} -c 'import grpc'"]))
        {
            if (await import.WaitForExitAsync(cancellation: Cancellation) != 0)
                Assert.Skip($"{Python} has no grpc here (apt: python3-grpcio)");
        }
        await using var adapter = await StartAsync(("ADAPTER_GRPC_LISTEN", $"127.0.0.1:{port}"), ("ADAPTER_PROBE_GONE", "file:/nowhere"), ("ADAPTER_READY", "beat"), ("ADAPTER_FALL", "1"));
        await adapter.WaitForAsync("/health/ready", 200);
        await adapter.WaitForAsync("/health/gone", 503);

        await using var python = ChildProcess.Start(Python, ["-c", AskByGrpc, $"127.0.0.1:{port}", "ready", "gone", "nobody"]);
        await python.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal("ready 0801\ngone 0802\nnobody NOT_FOUND\nwatch 0801", string.Join('\n', python.Output));
    }

    public void Dispose() => _volume.Dispose();

    private Task<RunningAdapter> StartAsync(params (string Name, string Value)[] settings) =>
        RunningAdapter.StartAsync([("ADAPTER_PROBE_BEAT", $"file:{_volume.Write("beat", "")}"), ("ADAPTER_INTERVAL", "200ms"), .. settings]);

    private static async Task<bool> IsOneAsync(HttpClient client, string query)
    {
        try
        {
            return (await client.GetStringAsync(new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), Cancellation)).Contains(",\"1\"]", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static void Need(string program)
    {
        if (!File.Exists($"/usr/bin/{program}"))
            Assert.Skip($"{program} is not on this machine (apt: prometheus)");
    }
}
