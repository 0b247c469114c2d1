using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sidecar.EndToEnd.Hosting;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// docs/tracing.md as it stands there: its settings and its commands, with the pod's addresses and folders replaced by those of this machine.
public sealed class TracingTests : IAsyncLifetime
{
    private const string Page = "docs/tracing.md";
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private readonly TempVolume _volume = new();
    private readonly int _appPort = FreePort.Next();
    private readonly int _stockPort = FreePort.Next();
    private readonly int _listen = FreePort.Next();
    private readonly int _adapterPort = FreePort.Next();
    private readonly ConcurrentQueue<string> _askedForStock = [];
    private OtlpReceiver _collector = null!;
    private CloudWatchStandIn _cloudWatch = null!;
    private StandInHttp _stock = null!;
    private TracedApp _app = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _volume.Write("app/orders.log", "");
        _volume.Folder("access");
        _collector = await OtlpReceiver.StartAsync(Cancellation);
        _cloudWatch = await CloudWatchStandIn.StartAsync();
        _stock = await StandInHttp.StartAsync(_stockPort, HearAsync);
        _app = await TracedApp.StartAsync(_appPort, _volume, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_listen}")));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _stock.DisposeAsync();
        await _cloudWatch.DisposeAsync();
        await _collector.DisposeAsync();
        _volume.Dispose();
    }

    [Fact]
    public async Task One_trace_is_in_the_apps_line_the_access_log_the_spans_the_shipped_events_and_beside_the_failing_probe()
    {
        if (await ShortProgram.RunAsync("curl", "/", ["--version"], Cancellation) is null)
            Assert.Skip("there is no curl");
        await using var logs = await LogsAsync();
        await using var ambassador = await SidecarProcess.StartReadyAsync("sidecar-ambassador", Settings("AMBASSADOR_", ("OTEL_BSP_SCHEDULE_DELAY", "100")), Cancellation);
        await using var adapter = await SidecarProcess.StartReadyAsync(
            "sidecar-adapter",
            Settings("ADAPTER_", ("ADAPTER_INTERVAL", "200ms"), ("SIDECAR_ADMIN_LISTEN", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_adapterPort}"))), Cancellation);

        Assert.Equal((0, ""), await RunAsync("One request"));
        var found = await Eventually.MatchAsync(
            async () => (await RunAsync("On the disk")).Said.Split('\n', StringSplitOptions.RemoveEmptyEntries), lines => lines.Length > 1, cancellation: Cancellation);
        _app.IsSick = true;
        var line = await adapter.Process.WaitForLineAsync(said => said.Contains("Probe 'web' is down", StringComparison.Ordinal), cancellation: Cancellation);
        var (_, saidByApp) = await RunAsync("From a failing probe to what the app said of it");

        Assert.Collection(
            found,
            one => Assert.EndsWith($"INFO shop.Orders - order 7 asks for stock, trace_id={TraceId}", one, StringComparison.Ordinal),
            one => Assert.Equal(("/stock/7", TraceId), (Field(one, "path"), Field(one, "trace_id"))));
        Assert.StartsWith($"00-{TraceId}-", Assert.Single(_askedForStock), StringComparison.Ordinal);
        var asBytes = Encoding.Latin1.GetString(Convert.FromHexString(TraceId));
        await Eventually.TrueAsync(() => _collector.HasReceived("/v1/traces", asBytes) && _collector.HasReceived("/v1/traces", "sidecar.endpoint.why"), cancellation: Cancellation);
        await Eventually.EqualAsync(2, () => Shipped(TraceId).Length, cancellation: Cancellation);
        Assert.Matches("^.* ERROR shop.Health - the warehouse does not answer, trace_id=[0-9a-f]{32}\n$", saidByApp);
        await Eventually.EqualAsync(1, () => Shipped(saidByApp.Trim()[^32..]).Length, cancellation: Cancellation);
        var tipping = await Eventually.MatchAsync(() => Shipped(Field(line, "trace_id")!), events => events.Length == 1, cancellation: Cancellation);
        Assert.Equal(("ERROR", "orders"), (Field(tipping[0], "level"), Field(tipping[0], "service")));
        Assert.Contains(Field(line, "trace_id")!, (await adapter.GetAsync("/status", Cancellation)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_asks_CloudWatch_what_the_saved_query_asks() =>
        Assert.Equal(
            File.ReadAllLines(Path.Combine(Artifacts.RepositoryRoot(), "docker", "cloudwatch", "one-request.txt")),
            Assert.Single(RecipePage.Read(Page, "insights").Values));

    private static string? Field(string line, string name) => JsonDocument.Parse(line).RootElement.GetProperty(name).GetString();

    private Task HearAsync(HttpContext context)
    {
        _askedForStock.Enqueue(context.Request.Headers["traceparent"].ToString());
        return Task.CompletedTask;
    }

    private string[] Shipped(string trace) =>
        [.. _cloudWatch.Groups.SelectMany(group => group.Streams.SelectMany(stream => _cloudWatch.Events(group.Name, stream)))
            .Select(one => one.Text).Where(text => text.StartsWith('{') && Field(text, "trace_id") == trace)];

    private Task<SidecarProcess> LogsAsync() => SidecarProcess.StartReadyAsync(
        "sidecar-logs",
        Settings(
            "LOGS_", ("HOME", _volume.Root), ("LOGS_STATE_DIR", _volume.PathOf("state")), ("LOGS_FLUSH_INTERVAL", "100ms"), ("LOGS_MULTILINE_TIMEOUT", "100ms"),
            ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", $"{_cloudWatch.Url}"), ("AWS_REGION", _cloudWatch.Region),
            ("AWS_ACCESS_KEY_ID", StandInCredentials.Example.AccessKey), ("AWS_SECRET_ACCESS_KEY", StandInCredentials.Example.SecretKey)),
        Cancellation);

    private Dictionary<string, string> Settings(string prefix, params (string Name, string Value)[] more) =>
        RecipePage.Read(Page).Values.Single(block => block[0].StartsWith(prefix, StringComparison.Ordinal))
            .Select(line => Here(line).Split('=', 2)).Select(parts => (Name: parts[0], Value: parts[1])).Concat(more)
            .ToDictionary(setting => setting.Name, setting => setting.Value, StringComparer.Ordinal);

    private async Task<(int Code, string Said)> RunAsync(string title) =>
        (await ShortProgram.RunAsync("bash", _volume.Root, ["-ec", string.Join('\n', RecipePage.Read(Page, "sh")[title].Select(Here))], Cancellation))!.Value;

    private string Here(string line) => line
        .Replace("/var/log", _volume.Root, StringComparison.Ordinal)
        .Replace("stock:8080", $"127.0.0.1:{_stockPort}", StringComparison.Ordinal)
        .Replace("http://collector:4318", _collector.Endpoint, StringComparison.Ordinal)
        .Replace("localhost:8080", $"127.0.0.1:{_appPort}", StringComparison.Ordinal)
        .Replace("localhost:9473", $"127.0.0.1:{_adapterPort}", StringComparison.Ordinal)
        .Replace("=8081", $"={_listen}", StringComparison.Ordinal);
}
