using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// An adapter whose verdict drains the ambassador, and that has the ambassador for a term of that verdict.
public sealed class DrainOnVerdictTests : IAsyncLifetime
{
    private readonly int _appPort = FreePort.Next();
    private readonly int _listen = FreePort.Next();
    private readonly int _ambassadorPort = FreePort.Next();
    private readonly int _adapterPort = FreePort.Next();
    private readonly HttpClient _client = new();
    private WebApplication _app = null!;
    private volatile int _status = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(At(_appPort));
        _app = builder.Build();
        _app.Run(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/health" ? _status : 200;
            return Task.CompletedTask;
        });
        await _app.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("sidecar:{0}")]
    [InlineData("http://127.0.0.1:{0}/readyz BODY=^ok")]
    public async Task Neither_holds_the_other_down_when_the_app_is_well_again(string term)
    {
        await using var adapter = await AdapterAsync(term);
        await using var ambassador = await AmbassadorAsync();
        await VerdictAsync(adapter, 200);
        await Eventually.TrueAsync(
            async () => JsonDocument.Parse((await ambassador.GetAsync("/status", Cancellation)).Body).RootElement.GetProperty("drain_on").GetProperty("last_answer").GetString() == "answered 200",
            cancellation: Cancellation);

        _status = 500;
        var (_, why) = await Eventually.MatchAsync(() => ambassador.GetAsync("/readyz", Cancellation), answer => answer.Status == 503, cancellation: Cancellation);
        var (_, withdrawn) = await Eventually.MatchAsync(
            () => adapter.GetAsync("/health/ambassador?format=text", Cancellation), answer => answer.Body.Contains("withdraws", StringComparison.Ordinal), cancellation: Cancellation);
        using var served = await _client.GetAsync(new Uri(At(_listen)), Cancellation);
        var state = JsonDocument.Parse((await ambassador.GetAsync("/status", Cancellation)).Body).RootElement.GetProperty("state").GetString();
        var metrics = (await ambassador.GetAsync("/metrics", Cancellation)).Body;
        _status = 200;
        await VerdictAsync(adapter, 200);
        await ambassador.WaitUntilReadyAsync(cancellation: Cancellation);

        Assert.Equal("draining", state);
        Assert.Matches($"^not ok\ndrain-on: {At(_adapterPort)}/health/ready answered 503 \\(web: fail, status 500 at 127.0.0.1, expected 200-399, trace_id=[0-9a-f]{{32}}\\)\n$", why);
        Assert.Contains("ambassador: pass, ready at 127.0.0.1, but for a verdict that withdraws it", withdrawn, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, true), (served.StatusCode, served.Headers.ConnectionClose));
        Assert.Contains("\nsidecar_draining 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nsidecar_ready 0\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_the_ambassador_itself_takes_the_verdict_down_in_its_own_words()
    {
        await using var adapter = await AdapterAsync("sidecar:{0}");
        await using var ambassador = await AmbassadorAsync();
        await VerdictAsync(adapter, 200);

        await ambassador.PostAsync("/control/drain", Cancellation);

        var (_, body) = await VerdictAsync(adapter, 503);
        Assert.Contains("ambassador: fail, status 503 at 127.0.0.1, not ok (draining), expected 200", body, StringComparison.Ordinal);
        Assert.DoesNotContain("trace_id", body, StringComparison.Ordinal);
    }

    private static string At(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static Task<(int Status, string Body)> VerdictAsync(SidecarProcess adapter, int status) =>
        Eventually.MatchAsync(() => adapter.GetAsync("/health/ready?format=text", Cancellation), answer => answer.Status == status, cancellation: Cancellation);

    private Task<SidecarProcess> AdapterAsync(string term)
    {
        var words = string.Format(CultureInfo.InvariantCulture, term, _ambassadorPort).Split(' ');
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ADAPTER_PROBE_WEB"] = $"{At(_appPort)}/health",
            ["ADAPTER_PROBE_AMBASSADOR"] = words[0],
            ["ADAPTER_INTERVAL"] = "100ms",
            ["ADAPTER_FALL"] = "1",
            ["SIDECAR_ADMIN_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_adapterPort}"),
        };
        foreach (var condition in words[1..])
            settings[$"ADAPTER_PROBE_AMBASSADOR_{condition.Split('=')[0]}"] = condition.Split('=')[1];
        return SidecarProcess.StartReadyAsync("sidecar-adapter", settings, Cancellation);
    }

    private Task<SidecarProcess> AmbassadorAsync() => SidecarProcess.StartReadyAsync(
        "sidecar-ambassador",
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_STOCK"] = At(_appPort),
            ["AMBASSADOR_ROUTE_STOCK_LISTEN"] = _listen.ToString(CultureInfo.InvariantCulture),
            ["AMBASSADOR_DRAIN_ON"] = $"{At(_adapterPort)}/health/ready",
            ["AMBASSADOR_DRAIN_ON_INTERVAL"] = "50ms",
            ["SIDECAR_ADMIN_LISTEN"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_ambassadorPort}"),
        },
        Cancellation);
}
