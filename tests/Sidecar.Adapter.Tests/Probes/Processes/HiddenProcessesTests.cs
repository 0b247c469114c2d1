using System.Text.Json;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes.Processes;

/// The built program where the kernel itself keeps the app's process from it: what can't be seen is unknown, and not absent.
public sealed class HiddenProcessesTests
{
    private const string Worker = "orders-worker";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("hidepid=1", "processes can't be read (hidepid?): run as the app's user, or mount /proc without hidepid")]
    [InlineData("hidepid=2", "/proc hides the processes of other users (hidepid): run as the app's user, or mount /proc without hidepid")]
    public async Task One_of_another_user_behind_hidepid_is_unknown_with_the_line_that_mends_it(string option, string reason)
    {
        using var volume = new TempVolume();
        var worker = volume.PathOf(Worker);
        File.Copy("/bin/sleep", worker);
        // The shell stays process 1, and root's.
        var script = $"mount -o remount,{option} /proc && {{ {worker} 1000 & setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\"; exit 1; }}";

        var (live, ready, seen) = await StartedAsync("sh", "-c", script, Artifacts.ProgramOf("sidecar-adapter"));

        Assert.Equal((200, 503), (live, ready));
        Assert.EndsWith(reason, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_PID_namespace_of_its_own_any_process_is_unknown_with_the_line_that_mends_it()
    {
        var (live, ready, seen) = await StartedAsync(Artifacts.ProgramOf("sidecar-adapter"));

        Assert.Equal((200, 503), (live, ready));
        Assert.Equal("only this container's processes are visible: share the pod's processes (Kubernetes: shareProcessNamespace: true; ECS: \"pidMode\": \"task\")", seen);
    }

    [Fact]
    public async Task As_a_user_of_its_own_it_finds_the_process_of_another_without_hidepid()
    {
        using var volume = new TempVolume();
        var worker = volume.PathOf(Worker);
        File.Copy("/bin/sleep", worker);

        var (live, ready, seen) = await StartedAsync(
            "sh", "-c", $"{worker} 1000 & setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\"; exit 1", Artifacts.ProgramOf("sidecar-adapter"));

        Assert.Equal((200, 200), (live, ready));
        Assert.StartsWith("running (pid ", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("process:*")]
    [InlineData($"process:{Worker}")]
    [InlineData("pidfile:")]
    public async Task An_executable_that_may_not_be_read_is_unknown_with_the_line_that_mends_it(string probe)
    {
        using var volume = new TempVolume();
        var (worker, pidFile) = (volume.PathOf(Worker), volume.PathOf("pid"));
        File.Copy("/bin/sleep", worker);
        Dictionary<string, string> settings = new()
        {
            ["ADAPTER_PROBE_WORKER"] = probe == "pidfile:" ? probe + pidFile : probe,
            ["ADAPTER_PROBE_WORKER_EXE"] = worker,
        };

        var (live, ready, seen) = await StartedAsync(
            settings, "sh", "-c", $"{worker} 1000 & echo $! > {pidFile}; chmod 755 {volume.Root}; setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\"; exit 1", Artifacts.ProgramOf("sidecar-adapter"));

        Assert.Equal((200, 503), (live, ready));
        Assert.EndsWith("can't be read, and it may be the one: run as the app's user (Kubernetes: runAsUser; ECS: \"user\")", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_whose_executable_may_not_be_read_and_that_something_else_rules_out_is_not_running()
    {
        using var volume = new TempVolume();
        Dictionary<string, string> settings = new() { ["ADAPTER_PROBE_WORKER"] = $"process:{Worker}", ["ADAPTER_PROBE_WORKER_EXE"] = "/usr/bin/worker" };

        var (live, ready, seen) = await StartedAsync(
            settings, "sh", "-c", "sleep 1000 & setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\"; exit 1", Artifacts.ProgramOf("sidecar-adapter"));

        Assert.Equal((503, 503, "not running"), (live, ready, seen));
    }

    /// What is answered once the probe is believed, in a PID namespace with a /proc of its own.
    private static Task<(int Live, int Ready, string? Seen)> StartedAsync(params string[] command) =>
        StartedAsync(new Dictionary<string, string> { ["ADAPTER_PROBE_WORKER"] = $"process:{Worker}" }, command);

    private static async Task<(int Live, int Ready, string? Seen)> StartedAsync(Dictionary<string, string> settings, params string[] command)
    {
        var port = FreePort.Next();
        await using var space = ChildProcess.Start(
            "unshare",
            ["--pid", "--fork", "--kill-child", "--mount-proc", .. command],
            new Dictionary<string, string>(settings)
            {
                ["ADAPTER_INTERVAL"] = "100ms",
                ["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}",
            });
        await space.WaitForLineAsync(line => line.Contains("Probe 'worker' is ", StringComparison.Ordinal), cancellation: Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var live = await client.GetAsync(new Uri("/health/live", UriKind.Relative), Cancellation);
        using var ready = await client.GetAsync(new Uri("/health/ready?format=json", UriKind.Relative), Cancellation);
        using var body = JsonDocument.Parse(await ready.Content.ReadAsStringAsync(Cancellation));
        return ((int)live.StatusCode, (int)ready.StatusCode, body.RootElement.GetProperty("probes").GetProperty("worker").GetProperty("reason").GetString());
    }
}
