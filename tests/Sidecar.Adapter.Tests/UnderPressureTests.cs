using System.Net;
using System.Net.Sockets;
using System.Text;
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

    [Fact]
    public async Task Half_sent_requests_cost_bounded_memory_and_hold_up_answers_for_seconds_only()
    {
        await using var adapter = await StartAsync([("ADAPTER_PROBE_HOST", "file:/etc/hostname")]);
        var before = adapter.ReadUsage().ResidentBytes;
        var head = Encoding.ASCII.GetBytes($"GET /livez HTTP/1.1\r\nX: {new string('x', 7000)}");
        List<Socket> callers = [];

        try
        {
            for (var caller = 0; caller < 4900; caller++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                callers.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, adapter.AdminAddress.Port, Cancellation);
                await SendAsync(socket, head);
            }

            var after = adapter.ReadUsage().ResidentBytes;
            await Eventually.TrueAsync(() => callers.All(IsClosed), TimeSpan.FromSeconds(20), Cancellation);
            var (status, _) = await adapter.GetAsync("/livez", Cancellation);

            Assert.Equal(200, status);
            Assert.True(after - before < 64 << 20, $"{before / 1e6:0.0} MB before, {after / 1e6:0.0} MB after");
        }
        finally
        {
            callers.ForEach(socket => socket.Dispose());
        }
    }

    // Beyond the limit a caller may be closed before it has said anything.
    private static async Task SendAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes, Cancellation);
        }
        catch (SocketException)
        {
        }
    }

    // A last answer may come before the end.
    private static bool IsClosed(Socket socket)
    {
        try
        {
            while (socket.Poll(0, SelectMode.SelectRead))
            {
                if (socket.Receive(new byte[1024]) == 0)
                    return true;
            }
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
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
