using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// From start to end, as an orchestrator and a hook see the published programs.
public sealed class LifeCycleTests : IDisposable
{
    private readonly TempVolume _volume = new();

    public static TheoryData<string> Everyone => Agents.All;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task The_first_line_names_the_program_and_its_version(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        Assert.Contains($"{agent} 0.", sidecar.Output[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Terminating_ends_it_with_0(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        sidecar.Terminate();

        Assert.Equal(0, await sidecar.WaitForExitAsync(cancellation: Cancellation));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task The_memory_that_only_the_start_needed_is_given_back(string agent)
    {
        await using var sidecar = await StartAsync(agent);
        var started = sidecar.ReadUsage().ResidentBytes;

        // Once given back it does not come back by itself; an agent that gave nothing back stays at what it had or grows.
        await Eventually.TrueAsync(() => sidecar.ReadUsage().ResidentBytes < started - 5_000_000, TimeSpan.FromSeconds(20), Cancellation);

        Assert.Equal(0, await CommandAsync(sidecar, "probe", "live"));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Interrupting_ends_it_with_0(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        sidecar.Process.Signal(UnixSignal.Interrupt);

        Assert.Equal(0, await sidecar.WaitForExitAsync(cancellation: Cancellation));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Probe_is_0_while_it_runs_and_1_when_it_does_not(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        var running = new[] { await CommandAsync(sidecar, "probe", "live"), await CommandAsync(sidecar, "probe", "ready"), await CommandAsync(sidecar, "probe", "startup") };
        sidecar.Kill();
        await sidecar.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal([0, 0, 0], running);
        Assert.Equal(1, await CommandAsync(sidecar, "probe", "live"));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Wait_returns_when_it_is_ready_and_fails_when_it_never_is(string agent)
    {
        await using var sidecar = Start(agent);

        var ready = await CommandAsync(sidecar, "wait", "--timeout", "15s");
        sidecar.Kill();
        await sidecar.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal(0, ready);
        Assert.Equal(1, await CommandAsync(sidecar, "wait", "--timeout", "300ms"));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Draining_makes_it_unready_and_leaves_it_running(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        var drained = await CommandAsync(sidecar, "drain");

        Assert.Equal(0, drained);
        await Eventually.TrueAsync(async () => (await sidecar.GetAsync("/readyz", Cancellation)).Status == 503, cancellation: Cancellation);
        Assert.Equal(200, (await sidecar.GetAsync("/livez", Cancellation)).Status);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Quitting_ends_it_with_0(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        var asked = await CommandAsync(sidecar, "quit");

        Assert.Equal(0, asked);
        Assert.Equal(0, await sidecar.WaitForExitAsync(cancellation: Cancellation));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task The_log_level_changes_while_it_runs(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        Assert.Equal(0, await CommandAsync(sidecar, "log-level", "debug"));
        Assert.NotEqual(0, await CommandAsync(sidecar, "log-level", "louder"));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task A_killed_agent_starts_again_on_the_same_ports_and_state(string agent)
    {
        var settings = Agents.Settings(agent, _volume);
        settings["SIDECAR_ADMIN_LISTEN"] = $"127.0.0.1:{FreePort.Next()}";
        await using var first = await SidecarProcess.StartReadyAsync(agent, settings, Cancellation);
        first.Kill();
        await first.WaitForExitAsync(cancellation: Cancellation);

        await using var second = await SidecarProcess.StartReadyAsync(agent, settings, Cancellation);

        Assert.Equal(200, (await second.GetAsync("/livez", Cancellation)).Status);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Its_metrics_are_prometheus_text(string agent)
    {
        await using var sidecar = await StartAsync(agent);

        var (status, text) = await sidecar.GetAsync("/metrics", Cancellation);

        Assert.Equal(200, status);
        var samples = PrometheusDocument.Parse(text);
        Assert.NotEmpty(samples);
        Assert.All(samples, sample => Assert.Matches("^(sidecar|process|dotnet|target|http|kestrel|otel)_", sample.Name));
    }

    [Theory]
    [InlineData("sidecar_logs_events_rejected_total")]
    [InlineData("sidecar_logs_events_deadlettered_total")]
    [InlineData("sidecar_logs_send_failures_total")]
    [InlineData("sidecar_logs_lines_split_total")]
    [InlineData("sidecar_logs_bytes_lost_bytes_total")]
    [InlineData("sidecar_logs_rotations_total")]
    public async Task What_it_counts_is_zero_before_it_happens_so_that_its_rate_is_known_from_the_first(string counter)
    {
        await using var sidecar = await StartAsync("sidecar-logs");

        var samples = PrometheusDocument.Parse((await sidecar.GetAsync("/metrics", Cancellation)).Body);

        var counts = samples.Where(sample => sample.Name == counter).ToList();
        Assert.NotEmpty(counts);
        Assert.All(counts, sample => Assert.Equal(0, sample.Value));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Every_one_of_its_own_lines_is_a_json_object(string agent)
    {
        await using var sidecar = await StartAsync(agent);
        sidecar.Terminate();
        await sidecar.WaitForExitAsync(cancellation: Cancellation);

        Assert.All(sidecar.Output, line => Assert.Equal(System.Text.Json.JsonValueKind.Object, System.Text.Json.JsonDocument.Parse(line).RootElement.ValueKind));
        Assert.Empty(sidecar.Error);
    }

    private SidecarProcess Start(string agent) => SidecarProcess.Start(agent, Agents.Settings(agent, _volume));

    private Task<SidecarProcess> StartAsync(string agent) => SidecarProcess.StartReadyAsync(agent, Agents.Settings(agent, _volume), Cancellation);

    private static async Task<int> CommandAsync(SidecarProcess sidecar, params string[] arguments)
    {
        var settings = new Dictionary<string, string> { ["SIDECAR_ADMIN_LISTEN"] = sidecar.AdminAddress.Authority };
        await using var command = await SidecarProcess.RunAsync(sidecar.Process.Name, settings, Cancellation, arguments);
        return await command.WaitForExitAsync(cancellation: Cancellation);
    }
}
