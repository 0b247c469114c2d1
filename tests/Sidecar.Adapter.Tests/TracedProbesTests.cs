using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests;

public sealed partial class TracedProbesTests
{
    private static readonly string[] Formats = ["json", "health+json", "microprofile", "spring", "text"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_miss_is_shown_beside_the_trace_that_the_app_was_asked_in()
    {
        var asked = new ConcurrentQueue<string>();
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            asked.Enqueue(context.Request.Headers["traceparent"].ToString());
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var adapter = await SidecarProcess.StartReadyAsync("sidecar-adapter", new Dictionary<string, string>
        {
            ["ADAPTER_PROBE_WEB"] = $"http://127.0.0.1:{app.Port}/",
            ["ADAPTER_INTERVAL"] = "200ms",
        }, Cancellation);

        var line = await adapter.Process.WaitForLineAsync(said => said.Contains("Probe 'web' is down", StringComparison.Ordinal), cancellation: Cancellation);
        using var logged = JsonDocument.Parse(line);
        var trace = logged.RootElement.GetProperty("trace_id").GetString()!;
        var (_, status) = await adapter.GetAsync("/status", Cancellation);
        using var page = JsonDocument.Parse(status);
        var shown = page.RootElement.GetProperty("health").GetProperty("probes")[0];

        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", asked.First());
        Assert.Equal(asked.Count, asked.Select(TraceOf).Distinct().Count());
        Assert.Equal(TraceOf(asked.ElementAt(2)), trace);
        Assert.EndsWith($"expected 200-399, trace_id={trace}.", logged.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.EndsWith($", trace_id={trace}", shown.GetProperty("changes")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains(shown.GetProperty("trace_id").GetString(), asked.Select(TraceOf));
    }

    [Fact]
    public async Task Every_form_of_the_answer_names_the_trace_of_a_miss_and_of_no_pass()
    {
        var last = "";
        var isWell = true;
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            last = TraceOf(context.Request.Headers["traceparent"].ToString());
            context.Response.StatusCode = isWell ? 200 : 500;
            return Task.CompletedTask;
        });
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://127.0.0.1:{app.Port}/"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "1"));
        await adapter.WaitForAsync("/health/web", 200);
        var well = await SaidAsync(adapter);
        isWell = false;
        await adapter.WaitForAsync("/health/web", 503);

        await Eventually.TrueAsync(
            async () => (await SaidAsync(adapter)).All(body => Named().Match(body).Groups["id"].Value == last), cancellation: Cancellation);

        Assert.All(well, body => Assert.DoesNotContain("trace_id", body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_question_that_the_app_never_got_names_no_trace()
    {
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://127.0.0.1:{FreePort.Next()}/"), ("ADAPTER_PROBE_CALLS", $"grpc://127.0.0.1:{FreePort.Next()}"), ("ADAPTER_INTERVAL", "100ms"));

        await Eventually.TrueAsync(async () => (await adapter.GetAsync("/health?format=text")).Body.Split("refused").Length == 3, cancellation: Cancellation);

        Assert.DoesNotContain("trace_id", (await adapter.GetAsync("/health?format=json")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_traceparent_of_the_users_own_goes_as_it_is()
    {
        const string own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var asked = "";
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            asked = context.Request.Headers["traceparent"].ToString();
            return Task.CompletedTask;
        });
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://127.0.0.1:{app.Port}/"), ("ADAPTER_PROBE_WEB_HEADERS", $"traceparent: {own}"));

        await adapter.WaitForAsync("/health/web", 200);

        Assert.Equal(own, asked);
    }

    private static async Task<string[]> SaidAsync(RunningAdapter adapter) =>
        await Task.WhenAll(Formats.Select(async format => (await adapter.GetAsync($"/health/web?format={format}")).Body));

    [GeneratedRegex("(\"trace_id\":\"|, trace_id=)(?<id>[0-9a-f]{32})(\"|\n)", RegexOptions.ExplicitCapture)]
    private static partial Regex Named();

    private static string TraceOf(string parent) => parent.Split('-')[1];
}
