using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing.Processes;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests;

/// The built program where it has little: no processor to itself, huge bodies, a node with many cores.
public sealed class UnderPressureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kubelets_one_second_is_enough_for_every_answer_while_all_cores_are_busy()
    {
        await using var adapter = await StartAsync([("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_INTERVAL", "200ms")]);
        var busy = Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ => ChildProcess.Start("/bin/sh", ["-c", "while :; do :; done"])).ToArray();
        var slowest = TimeSpan.Zero;

        try
        {
            for (var asked = 0; asked < 200; asked++)
            {
                var started = TimeProvider.System.GetTimestamp();
                await adapter.GetAsync("/health/live", Cancellation);
                var took = TimeProvider.System.GetElapsedTime(started);
                slowest = took > slowest ? took : slowest;
            }
        }
        finally
        {
            foreach (var process in busy)
                await process.DisposeAsync();
        }

        Assert.True(slowest < TimeSpan.FromSeconds(1), $"the slowest took {slowest.TotalMilliseconds} ms");
    }

    [Fact]
    public async Task Bodies_of_4_MiB_leave_nothing_in_memory_however_many_there_are()
    {
        var body = new byte[4 << 20];
        await using var app = await LoopbackServer.StartAsync(context => context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask());
        var probes = Enumerable.Range(0, 20).Select(number => $"ADAPTER_PROBE_P{number}").SelectMany(
            name => new[] { (name, $"http://127.0.0.1:{app.Port}/"), ($"{name}_TEXT_NOT", "Stack trace") });
        await using var adapter = await StartAsync([.. probes, ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_RISE", "1000")]);

        await UntilAsync(adapter, 300);
        var before = adapter.ReadUsage().ResidentBytes;
        await UntilAsync(adapter, 1500);
        var after = adapter.ReadUsage().ResidentBytes;

        Assert.True(after - before < 16 << 20, $"{before / 1e6:0.0} MB after 300, {after / 1e6:0.0} MB after 1500");
    }

    [Fact]
    public async Task A_node_with_64_cores_costs_no_more_memory_than_one_with_a_single_core()
    {
        await using var one = await StartAsync([("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("DOTNET_PROCESSOR_COUNT", "1")]);
        await using var many = await StartAsync([("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("DOTNET_PROCESSOR_COUNT", "64")]);

        // What the start needed is given back some seconds after it.
        await Eventually.MatchAsync(
            () => (Small: one.ReadUsage().ResidentBytes, Large: many.ReadUsage().ResidentBytes),
            seen => seen.Large - seen.Small < 8 << 20, TimeSpan.FromSeconds(30), Cancellation);
    }

    private static Task<SidecarProcess> StartAsync((string Name, string Value)[] settings)
    {
        // As in the image.
        var environment = settings.ToDictionary(entry => entry.Name, entry => entry.Value);
        environment["DOTNET_GCgen0size"] = "100000";
        environment["SIDECAR_LOG_LEVEL"] = "error";
        return SidecarProcess.StartReadyAsync("sidecar-adapter", environment, Cancellation);
    }

    private static Task UntilAsync(SidecarProcess adapter, int answers) => Eventually.TrueAsync(
        async () =>
        {
            var (_, metrics) = await adapter.GetAsync("/metrics", Cancellation);
            return metrics.Split('\n').Where(line => line.StartsWith("sidecar_adapter_probe_runs_total", StringComparison.Ordinal))
                .Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..])) >= answers;
        },
        TimeSpan.FromMinutes(1), Cancellation);
}
