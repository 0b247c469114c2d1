using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;
using Sidecar.Testing;
using Sidecar.Testing.CloudWatch;
using Sidecar.Testing.Processes;
using static Microsoft.Playwright.Assertions;

namespace Sidecar.Browser.Tests;

/// An open page follows the agent without being loaded again.
public sealed class StatesTests(Chromium chromium) : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Fact]
    public async Task Logs_that_are_refused_are_degraded_with_what_to_do_then_healthy_then_draining()
    {
        await using var cloudWatch = await CloudWatchStandIn.StartAsync();
        _volume.Write("app/app.log", "one\n");
        await using var agent = await SidecarProcess.StartReadyAsync(
            "sidecar-logs",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOME"] = _volume.Root,
                ["LOGS_PATHS"] = _volume.PathOf("app/*.log"),
                ["LOGS_GROUP"] = "/test",
                ["LOGS_STREAM"] = "{file}",
                ["LOGS_STATE_DIR"] = _volume.PathOf("state"),
                ["AWS_REGION"] = cloudWatch.Region,
                ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = cloudWatch.Url.ToString(),
                ["AWS_ACCESS_KEY_ID"] = cloudWatch.Credentials.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = cloudWatch.Credentials.SecretKey,
            },
            Cancellation);
        await using var tab = await OpenAsync(agent, "healthy");

        cloudWatch.Faults.Begin(StandInFault.AccessDenied);
        _volume.Append("app/app.log", "two\n");

        await ExpectStateAsync(tab, agent, "degraded");
        await Expect(tab.Page.Locator(".problems")).ToContainTextAsync("AccessDeniedException");
        await Expect(tab.Page.Locator(".problems")).ToContainTextAsync("What to do: Somebody has to change something");
        await Expect(Row(tab, "Streams", "app.log")).ToContainTextAsync("AccessDeniedException");

        cloudWatch.Faults.End();

        await ExpectStateAsync(tab, agent, "healthy");
        await Expect(Row(tab, "Files", "app.log")).ToContainTextAsync("8 B");
        await Expect(tab.Page.Locator(".changes").First).ToContainTextAsync("degraded");

        Assert.Equal(200, await agent.PostAsync("/control/drain", Cancellation));

        await ExpectStateAsync(tab, agent, "draining");
        await AssertSameAsync(tab);
    }

    [Fact]
    public async Task A_route_whose_service_is_away_is_degraded_and_healthy_once_it_answers()
    {
        var port = FreePort.Next();
        await using var agent = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_DB"] = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"),
                ["AMBASSADOR_ROUTE_DB_LISTEN"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
                ["AMBASSADOR_ROUTE_DB_HEALTH_INTERVAL"] = "200ms",
            },
            Cancellation);
        await using var tab = await OpenAsync(agent, "degraded");
        await Expect(tab.Page.Locator(".problems")).ToContainTextAsync("connection refused");
        await Expect(tab.Page.Locator(".problems")).ToContainTextAsync("What to do: Look whether the service runs");

        using var service = new TcpListener(IPAddress.Loopback, port);
        service.Start();

        await ExpectStateAsync(tab, agent, "healthy");
        await Expect(tab.Page.Locator(".problems")).ToHaveCountAsync(0);
        await Expect(Row(tab, "Endpoints", "db")).ToContainTextAsync("up");
        await AssertSameAsync(tab);
    }

    [Fact]
    public async Task An_app_that_is_not_live_is_unhealthy_and_healthy_again_and_an_agent_that_is_gone_is_said_to_be()
    {
        var beat = _volume.Write("beat", "");
        await using var agent = await SidecarProcess.StartReadyAsync(
            "sidecar-adapter",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["ADAPTER_PROBE_BEAT"] = $"file:{beat}", ["ADAPTER_PROBE_BEAT_INTERVAL"] = "200ms" },
            Cancellation);
        await using var tab = await OpenAsync(agent, "healthy");

        File.Delete(beat);

        await ExpectStateAsync(tab, agent, "unhealthy", subject: "The app");
        await Expect(tab.Page.Locator(".problems")).ToContainTextAsync("beat: there is no such file");
        await Expect(tab.Page.Locator(".problems")).ToContainTextAsync("What to do: The orchestrator restarts the app");
        await Expect(Row(tab, "What orchestrators are told", "live")).ToContainTextAsync("down");

        File.WriteAllText(beat, "");

        await ExpectStateAsync(tab, agent, "healthy");
        await AssertSameAsync(tab);

        agent.Kill();

        await Expect(tab.Page.Locator("#live")).ToContainTextAsync("No answer since");
        await Expect(tab.Page).ToHaveTitleAsync("no answer - sidecar-adapter");
    }

    private async Task<Tab> OpenAsync(SidecarProcess agent, string state)
    {
        var tab = await chromium.OpenAsync(agent.AdminAddress);
        await tab.Page.EvaluateAsync("() => { window.wasNeverLoadedAgain = true; }");
        await ExpectStateAsync(tab, agent, state);
        return tab;
    }

    private static async Task ExpectStateAsync(Tab tab, SidecarProcess agent, string state, string? subject = null)
    {
        await Expect(tab.Heading).ToHaveTextAsync($"{subject ?? agent.Process.Name} is {state}");
        await Expect(tab.Page).ToHaveTitleAsync($"{state} - {agent.Process.Name}");
    }

    private static async Task AssertSameAsync(Tab tab)
    {
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.wasNeverLoadedAgain === true"));
        Assert.Empty(tab.Complaints);
    }

    private static ILocator Row(Tab tab, string table, string name) =>
        tab.Page.GetByRole(AriaRole.Table, new PageGetByRoleOptions { Name = table, Exact = true }).GetByRole(AriaRole.Row).Filter(new LocatorFilterOptions { HasText = name });
}
