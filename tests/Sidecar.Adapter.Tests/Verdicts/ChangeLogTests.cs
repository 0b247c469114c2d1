using System.Text.Json;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Verdicts;

public sealed class ChangeLogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0", "2 misses in a row")]
    [InlineData("5", "2 misses among the last 5 answers")]
    public async Task A_probe_that_stays_as_it_is_is_logged_once_however_often_it_is_asked(string window, string tally)
    {
        var (status, asked) = (500, 0);
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var adapter = await SidecarProcess.StartReadyAsync("sidecar-adapter", new Dictionary<string, string>
        {
            ["ADAPTER_PROBE_WEB"] = $"http://127.0.0.1:{app.Port}/",
            ["ADAPTER_INTERVAL"] = "100ms",
            ["ADAPTER_FALL"] = "2",
            ["ADAPTER_WINDOW"] = window,
        }, Cancellation);

        await AskedAsync(8);
        status = 200;
        await AskedAsync(8);
        status = 500;
        await AskedAsync(8);
        adapter.Terminate();
        await adapter.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal(
            [$"Probe 'web' is down after {tally}", "Probe 'web' is up", $"Probe 'web' is down after {tally}"],
            adapter.Process.Output.Select(Message).Where(message => message.StartsWith("Probe ", StringComparison.Ordinal)).Select(message => message.Split(':')[0]));

        Task AskedAsync(int times)
        {
            var goal = Volatile.Read(ref asked) + times;
            return Eventually.TrueAsync(() => Volatile.Read(ref asked) >= goal, cancellation: Cancellation);
        }
    }

    private static string Message(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("message").GetString()!;
    }
}
