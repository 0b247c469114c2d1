using Sidecar.Hosting.ProcFs;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Probes.Commands;

/// The built program, because who adopts orphans is a matter of the whole process.
public sealed class OrphanTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("setsid sleep 72 & sleep 72")]
    [InlineData("(env -i setsid sleep 72 &) ; sleep 72")]
    public async Task Commands_that_time_out_again_and_again_leave_no_process_and_no_zombie(string script)
    {
        await using var adapter = await SidecarProcess.StartReadyAsync("sidecar-adapter", Environment(script), Cancellation);

        await Eventually.TrueAsync(async () => await TimeOutsOfAsync(adapter) >= 6, cancellation: Cancellation);

        // One command may be under way: a shell and what it starts.
        await Eventually.MatchAsync(
            () => Below(adapter.Id).ToArray(), all => all.Length <= 3 && all.All(stat => !stat.HasEnded), cancellation: Cancellation);
    }

    [Fact]
    public async Task A_command_that_runs_when_the_adapter_ends_is_ended_with_all_it_started()
    {
        var settings = Environment("setsid sleep 73 & sleep 73");
        settings["ADAPTER_TIMEOUT"] = "1m";
        settings["ADAPTER_INTERVAL"] = "1m";
        await using var adapter = await SidecarProcess.StartReadyAsync("sidecar-adapter", settings, Cancellation);
        await Eventually.EqualAsync(2, () => Below(adapter.Id).Count(stat => stat.Comm == "sleep"), cancellation: Cancellation);
        var started = Below(adapter.Id).Select(stat => (stat.Pid, stat.StartTicks)).ToHashSet();

        adapter.Process.Terminate();
        Assert.Equal(0, await adapter.Process.WaitForExitAsync(cancellation: Cancellation));

        Assert.DoesNotContain(new ProcessTable().All(), stat => !stat.HasEnded && started.Contains((stat.Pid, stat.StartTicks)));
    }

    [Fact]
    public async Task As_process_1_it_reaps_the_orphans_of_strangers()
    {
        var port = FreePort.Next();
        await using var space = ChildProcess.Start(
            "unshare",
            ["--pid", "--fork", "--kill-child", "--mount-proc", Artifacts.ProgramOf("sidecar-adapter")],
            new Dictionary<string, string> { ["ADAPTER_PROBE_HOST"] = "file:/etc/hostname", ["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}" });
        await space.WaitForLineAsync(line => line.Contains("admin port listens", StringComparison.Ordinal), cancellation: Cancellation);
        var first = Below(space.Id).Single(stat => stat.ParentPid == space.Id).Pid;

        await using var stranger = ChildProcess.Start(
            "nsenter", ["--target", $"{first}", "--pid", "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do (sleep 3 >/dev/null 2>&1 & exit) ; done"]);
        await stranger.WaitForExitAsync(cancellation: Cancellation);
        await Eventually.EqualAsync(9, () => Below(first).Count(), cancellation: Cancellation);

        await Eventually.EqualAsync(0, () => Below(first).Count(), cancellation: Cancellation);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 3", 3)]
    public async Task As_process_1_its_commands_keep_their_exit_codes(string script, int code)
    {
        var port = FreePort.Next();
        var settings = Environment(script);
        settings["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}";
        await using var space = ChildProcess.Start(
            "unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", Artifacts.ProgramOf("sidecar-adapter")], settings);
        await space.WaitForLineAsync(line => line.Contains("admin port listens", StringComparison.Ordinal), cancellation: Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        // 503 has a body, too.
        await Eventually.MatchAsync(
            async () =>
            {
                using var answer = await client.GetAsync(new Uri("/health/check?format=text", UriKind.Relative), Cancellation);
                return await answer.Content.ReadAsStringAsync(Cancellation);
            },
            body => body.Contains($"exit code {code}", StringComparison.Ordinal),
            cancellation: Cancellation);
    }

    [Fact]
    public async Task As_process_1_it_ends_orphans_that_hide_what_they_were_started_with_when_no_command_can_own_them()
    {
        using var volume = new TempVolume();
        var (port, over) = (FreePort.Next(), volume.PathOf("over"));
        var script = volume.Write("fork", $"[ ! -e {over} ] || exit 0\n(env -i /usr/bin/setsid /bin/sleep 73 &)\nsleep 73\n");
        await using var space = ChildProcess.Start(
            "unshare",
            ["--pid", "--fork", "--kill-child", "--mount-proc", Artifacts.ProgramOf("sidecar-adapter")],
            new Dictionary<string, string>
            {
                ["ADAPTER_PROBE_A"] = $"exec:/bin/sh {script}",
                ["ADAPTER_PROBE_B"] = $"exec:/bin/sh {script}",
                ["ADAPTER_PROBE_C"] = $"exec:/bin/sh {script}",
                ["ADAPTER_INTERVAL"] = "300ms",
                ["ADAPTER_TIMEOUT"] = "200ms",
                ["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{port}",
            });
        await space.WaitForLineAsync(line => line.Contains("is down after 3 misses", StringComparison.Ordinal), cancellation: Cancellation);
        var first = Below(space.Id).Single(stat => stat.ParentPid == space.Id).Pid;

        volume.Write("over", "");

        // Commands that only look whether it is over come and go.
        await Eventually.EqualAsync(0, () => Below(first).Count(stat => stat.Comm == "sleep" || stat.HasEnded), cancellation: Cancellation);
    }

    private static Dictionary<string, string> Environment(string script) => new()
    {
        ["ADAPTER_PROBE_CHECK"] = $"exec:[\"/bin/sh\",\"-c\",\"{script}\"]",
        ["ADAPTER_INTERVAL"] = "200ms",
        ["ADAPTER_TIMEOUT"] = "100ms",
    };

    private static async Task<int> TimeOutsOfAsync(SidecarProcess sidecar)
    {
        var (_, metrics) = await sidecar.GetAsync("/metrics", Cancellation);
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith("sidecar_adapter_probe_runs_total{outcome=\"timeout\"", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line[(line.LastIndexOf(' ') + 1)..]);
    }

    private static IEnumerable<ProcessStat> Below(int pid)
    {
        var all = new ProcessTable().All().ToDictionary(stat => stat.Pid);
        return all.Values.Where(stat => stat.Pid != pid && Descends(stat));

        bool Descends(ProcessStat stat)
        {
            for (var steps = 0; steps < all.Count && stat.ParentPid != pid; steps++)
            {
                if (!all.TryGetValue(stat.ParentPid, out stat))
                    return false;
            }
            return true;
        }
    }
}
