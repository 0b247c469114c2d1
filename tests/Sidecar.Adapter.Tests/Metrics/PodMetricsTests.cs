using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Metrics.Pod;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Metrics;

public sealed class PodMetricsTests : IDisposable
{
    private const int OwnPid = 50;

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_cgroup_of_version_2_is_said_under_cAdvisors_names_and_what_it_lacks_is_left_out()
    {
        WriteSecondVersion("");
        Process(OwnPid, "sidecar-adapter", "0::/\n");

        var text = Render();

        Assert.Equal(
            """
            container_cpu_usage_seconds_total{id="/",process="sidecar-adapter",adapter="true"} 12.5
            container_cpu_cfs_throttled_periods_total{id="/",process="sidecar-adapter",adapter="true"} 3
            container_cpu_cfs_throttled_seconds_total{id="/",process="sidecar-adapter",adapter="true"} 0.25
            container_memory_usage_bytes{id="/",process="sidecar-adapter",adapter="true"} 5000
            container_memory_working_set_bytes{id="/",process="sidecar-adapter",adapter="true"} 4000
            container_memory_rss{id="/",process="sidecar-adapter",adapter="true"} 3000
            container_fs_reads_bytes_total{id="/",process="sidecar-adapter",adapter="true"} 14
            container_fs_writes_bytes_total{id="/",process="sidecar-adapter",adapter="true"} 25
            container_processes{id="/",process="sidecar-adapter",adapter="true"} 7

            """.ReplaceLineEndings("\n"),
            Samples(text));
    }

    [Fact]
    public void A_cgroup_of_version_1_is_said_alike_and_its_limit_when_there_is_one()
    {
        _volume.Write("cgroup/cpuacct/a/cpuacct.usage", "12500000000\n");
        _volume.Write("cgroup/cpu/a/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 250000000\n");
        _volume.Write("cgroup/memory/a/memory.usage_in_bytes", "5000\n");
        _volume.Write("cgroup/memory/a/memory.limit_in_bytes", "67108864\n");
        _volume.Write("cgroup/memory/a/memory.stat", "cache 1\ntotal_rss 3000\ntotal_inactive_file 1000\n");
        _volume.Write("cgroup/blkio/a/blkio.throttle.io_service_bytes_recursive", "8:0 Read 10\n8:0 Write 20\n8:16 Read 4\n8:0 Total 30\nTotal 34\n");
        Process(OwnPid, "sidecar-adapter", "5:blkio:/a\n4:memory:/a\n3:cpu,cpuacct:/a\n2:pids:/elsewhere\n1:name=systemd:/a\n");

        var text = Samples(Render()).ReplaceLineEndings("\n");

        foreach (var expected in (string[])["container_cpu_usage_seconds_total{*} 12.5\n", "throttled_seconds_total{*} 0.25\n", "container_memory_working_set_bytes{*} 4000\n",
            "container_memory_rss{*} 3000\n", "container_spec_memory_limit_bytes{*} 67108864\n", "container_fs_reads_bytes_total{*} 14\n", "container_fs_writes_bytes_total{*} 20\n"])
            Assert.Contains(expected.Replace("*", "id=\"/a\",process=\"sidecar-adapter\",adapter=\"true\"", StringComparison.Ordinal), text, StringComparison.Ordinal);
        Assert.DoesNotContain("container_processes", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_container_is_added_up_from_its_processes_and_named_by_what_kubelet_mounts()
    {
        WriteSecondVersion("");
        Process(OwnPid, "sidecar-adapter", "0::/\n");
        Process(7, "java", "0::/../cri-b\n", start: 100, cpuTicks: 150, residentPages: 30, sharedPages: 10, container: "orders");
        Process(8, "helper", "0::/../cri-b\n", start: 200, cpuTicks: 50, residentPages: 12, sharedPages: 2);
        Process(9, "pause", "0::/../cri-p\n");
        var processes = Processes();
        var before = Samples(PodText.Render([.. processes.Read()], []));

        Directory.Delete(_volume.PathOf("proc/8"), recursive: true);
        var after = Samples(PodText.Render([.. processes.Read()], []));

        const string Labels = "{id=\"/../cri-b\",container=\"orders\",adapter=\"false\"}";
        Assert.Contains($"container_cpu_usage_seconds_total{Labels} 2\n", before, StringComparison.Ordinal);
        Assert.Contains($"container_memory_rss{Labels} {30 * Environment.SystemPageSize}\n", before, StringComparison.Ordinal);
        Assert.Contains($"container_fs_writes_bytes_total{Labels} 8192\n", before, StringComparison.Ordinal);
        Assert.Contains($"container_processes{Labels} 2\n", before, StringComparison.Ordinal);
        Assert.DoesNotContain($"container_memory_usage_bytes{Labels}", before, StringComparison.Ordinal);
        Assert.Contains("container_processes{id=\"/../cri-p\",process=\"pause\",adapter=\"false\"} 1\n", before, StringComparison.Ordinal);
        Assert.Contains($"container_cpu_usage_seconds_total{Labels} 2\n", after, StringComparison.Ordinal);
        Assert.Contains($"container_processes{Labels} 1\n", after, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pods_network_is_said_by_interface_without_loopback()
    {
        _volume.Write("proc/net/dev", "Inter-|   Receive\n face |bytes\n    lo: 9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n  eth0: 100 2 3 4 0 0 0 0 200 6 7 8 0 0 0 0\n");

        var text = Samples(PodText.Render([Processes().Network()], []));

        Assert.Equal(8, text.Split('\n').Length - 1);
        Assert.Contains("container_network_receive_bytes_total{interface=\"eth0\"} 100\n", text, StringComparison.Ordinal);
        Assert.Contains("container_network_transmit_packets_dropped_total{interface=\"eth0\"} 8\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_task_ECS_tells_of_every_container_and_of_one_that_it_does_not_count()
    {
        await using var ecs = await LoopbackServer.StartAsync(context => context.Response.WriteAsync(context.Request.Path.Value switch
        {
            "/v4/x/task" => """
                {"Cluster":"arn:aws:ecs:eu-west-1:1:cluster/shop","TaskARN":"arn:aws:ecs:eu-west-1:1:task/shop/158d","ServiceName":"orders","Containers":[
                {"DockerId":"a-1","Name":"web","Limits":{"CPU":10,"Memory":128}},{"DockerId":"b-2","Name":"late","Limits":{}}]}
                """,
            "/v4/x/task/stats" => """
                {"a-1":{"cpu_stats":{"cpu_usage":{"total_usage":1500000000},"throttling_data":{"throttled_periods":2,"throttled_time":500000000}},
                "memory_stats":{"usage":5000,"limit":9223372036854772000,"stats":{"total_inactive_file":1000,"total_rss":3000}},"pids_stats":{"current":4},
                "blkio_stats":{"io_service_bytes_recursive":[{"major":1,"minor":2,"op":"Read","value":10},{"major":1,"minor":2,"op":"Write","value":20},{"op":"read","value":1}]},
                "networks":{"eth1":{"rx_bytes":100,"rx_packets":2,"tx_bytes":200}}},"b-2":null}
                """,
            _ => "",
        }));
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_METRICS_POD", "auto"), ("ECS_CONTAINER_METADATA_URI_V4", $"http://127.0.0.1:{ecs.Port}/v4/x"));

        var (_, metrics) = await adapter.GetAsync("/metrics");

        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[
            ("container_cpu_usage_seconds_total", "1.5"), ("container_cpu_cfs_throttled_seconds_total", "0.5"), ("container_memory_usage_bytes", "5000"),
            ("container_memory_working_set_bytes", "4000"), ("container_memory_rss", "3000"), ("container_spec_memory_limit_bytes", "134217728"),
            ("container_fs_reads_bytes_total", "11"), ("container_fs_writes_bytes_total", "20"), ("container_processes", "4")])
            Assert.Contains($"{name}{{source=\"pod\",cluster=\"shop\",service=\"orders\",task=\"158d\",container=\"web\"}} {value}\n", metrics, StringComparison.Ordinal);
        Assert.Contains("container_network_transmit_bytes_total{source=\"pod\",cluster=\"shop\",service=\"orders\",task=\"158d\",container=\"web\",interface=\"eth1\"} 200\n", metrics, StringComparison.Ordinal);
        Assert.Contains("sidecar_adapter_pod_hidden{source=\"pod\",part=\"container late\",", metrics, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    public async Task An_ECS_that_says_nonsense_is_a_source_that_is_down(string nonsense)
    {
        await using var ecs = await LoopbackServer.StartAsync(context => context.Response.WriteAsync(nonsense));
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_METRICS_POD", "auto"), ("ECS_CONTAINER_METADATA_URI_V4", $"http://127.0.0.1:{ecs.Port}/v4/x"));

        var (_, metrics) = await adapter.GetAsync("/metrics");

        Assert.Contains($"sidecar_adapter_metrics_source_up{{source=\"pod\"}} {(nonsense == "[]" ? 1 : 0)}\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("container_", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_built_program_sees_itself_and_says_what_is_hidden_in_a_PID_namespace_of_its_own()
    {
        var port = FreePort.Next();
        await using var space = ChildProcess.Start(
            "unshare",
            ["--pid", "--fork", "--kill-child", "--mount-proc", Artifacts.ProgramOf("sidecar-adapter")],
            new Dictionary<string, string>
            {
                ["ADAPTER_PROBE_HOST"] = "file:/etc/hostname",
                ["ADAPTER_METRICS_POD"] = "auto",
                ["POD_NAME"] = "orders-x2x8k",
                ["POD_NAMESPACE"] = "shop",
                ["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}",
            });
        await space.WaitForLineAsync(line => line.Contains("admin port listens", StringComparison.Ordinal), cancellation: Cancellation);
        using var client = new HttpClient();

        var metrics = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"), Cancellation);

        Assert.Contains("source=\"pod\",namespace=\"shop\",pod=\"orders-x2x8k\",", metrics, StringComparison.Ordinal);
        Assert.Matches("container_(cpu_usage_seconds_total|memory_usage_bytes)\\{[^}]*adapter=\"true\"\\} [1-9]|container_cpu_usage_seconds_total\\{[^}]*adapter=\"true\"\\} 0\\.[0-9]*[1-9]", metrics);
        Assert.Matches("sidecar_adapter_pod_hidden\\{[^}]*part=\"other containers\",reason=\"[^\"]*shareProcessNamespace: true", metrics);
    }

    public void Dispose() => _volume.Dispose();

    private PodProcesses Processes() => new(new CgroupFiles(_volume.PathOf("cgroup")), _volume.PathOf("proc"), OwnPid);

    private string Render() => PodText.Render([.. Processes().Read()], []);

    private static string Samples(string text) =>
        string.Concat(text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line + "\n"));

    private void WriteSecondVersion(string folder)
    {
        _volume.Write("cgroup/cgroup.controllers", "cpu memory io pids\n");
        _volume.Write($"cgroup/{folder}cpu.stat", "usage_usec 12500000\nuser_usec 1\nnr_periods 9\nnr_throttled 3\nthrottled_usec 250000\n");
        _volume.Write($"cgroup/{folder}memory.current", "5000\n");
        _volume.Write($"cgroup/{folder}memory.max", "max\n");
        _volume.Write($"cgroup/{folder}memory.stat", "anon 3000\nfile 2000\ninactive_file 1000\n");
        _volume.Write($"cgroup/{folder}io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=4 wbytes=5 rios=1 wios=1 dbytes=0 dios=0\n");
        _volume.Write($"cgroup/{folder}pids.current", "7\n");
    }

    private void Process(int pid, string name, string membership, int start = 1, int cpuTicks = 0, int residentPages = 0, int sharedPages = 0, string? container = null)
    {
        // Fields 14 to 17 are user, system, and both of the children that were waited for.
        _volume.Write($"proc/{pid}/stat", $"{pid} ({name}) S 1 1 1 0 -1 0 0 0 0 0 {cpuTicks - 3} 1 1 1 20 0 1 0 {start} 0 0 0\n");
        _volume.Write($"proc/{pid}/statm", $"100 {residentPages} {sharedPages} 1 0 1 0\n");
        _volume.Write($"proc/{pid}/io", "rchar: 1\nwchar: 2\nread_bytes: 4096\nwrite_bytes: 4096\ncancelled_write_bytes: 0\n");
        _volume.Write($"proc/{pid}/cgroup", membership);
        if (container is not null)
            _volume.Write($"proc/{pid}/mountinfo", $"1 2 0:3 / / rw - overlay overlay rw\n3 1 8:1 /var/lib/kubelet/pods/3f/containers/{container}/1a2b /dev/termination-log rw - ext4 /dev/sda rw\n");
    }
}
