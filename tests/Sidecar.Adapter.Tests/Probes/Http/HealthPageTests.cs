using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes.Http;

/// Pages as frameworks serve them, through every state and back: path, status, content type and body.
public sealed class HealthPageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_health_page_of_ASPNET_itself_is_understood_in_each_of_its_states()
    {
        var state = HealthStatus.Healthy;
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddHealthChecks().AddCheck("db", () => new HealthCheckResult(state));
        await using var app = builder.Build();
        app.MapHealthChecks("/healthz");
        await app.StartAsync(Cancellation);

        await FollowAsync("aspnet", $"http://localhost:{port}/healthz", [
            (() => state = HealthStatus.Healthy, 200, "pass", "Healthy"),
            (() => state = HealthStatus.Degraded, 200, "warn", "Degraded"),
            (() => state = HealthStatus.Unhealthy, 503, "fail", "status 503 at 127.0.0.1, Unhealthy"),
            (() => state = HealthStatus.Healthy, 200, "pass", "Healthy"),
        ]);
    }

    [Theory]
    [InlineData("spring", "/actuator/health", "application/vnd.spring-boot.actuator.v3+json",
        """{"status":"UP","components":{"db":{"status":"UP","details":{"database":"PostgreSQL"}},"ping":{"status":"UP"}},"groups":["liveness","readiness"]}""",
        """{"status":"DOWN","components":{"db":{"status":"DOWN","details":{"error":"refused"}},"ping":{"status":"UP"}},"groups":["liveness","readiness"]}""")]
    [InlineData("spring", "/actuator/health/readiness", "application/vnd.spring-boot.actuator.v3+json",
        """{"status":"UP","components":{"readinessState":{"status":"UP"}}}""", """{"status":"OUT_OF_SERVICE","components":{"db":{"status":"OUT_OF_SERVICE"}}}""")]
    [InlineData("microprofile", "/health/ready", "application/json",
        """{"status":"UP","checks":[{"name":"db","status":"UP","data":{"pool":"8"}}]}""", """{"status":"DOWN","checks":[{"name":"db","status":"DOWN","data":{"pool":"0"}}]}""")]
    public async Task A_page_like_that_of_another_framework_is_understood_up_and_down(string preset, string path, string type, string up, string down)
    {
        var isUp = true;
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            (context.Response.StatusCode, context.Response.ContentType) = context.Request.Path != path ? (404, "text/html") : (isUp ? 200 : 503, type);
            return context.Response.WriteAsync(context.Request.Path != path ? "<h1>Whitelabel Error Page</h1>" : isUp ? up : down);
        });

        await FollowAsync(preset, $"http://127.0.0.1:{app.Port}{path}", [
            (() => isUp = true, 200, "pass", "UP"),
            (() => isUp = false, 503, "fail", "(db)"),
            (() => isUp = true, 200, "pass", "UP"),
        ]);
    }

    private static async Task FollowAsync(string preset, string url, (Action Turn, int Status, string Answer, string Reason)[] steps)
    {
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", url), ("ADAPTER_PROBE_WEB_PRESET", preset), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "1"));
        foreach (var (turn, status, answer, reason) in steps)
        {
            turn();
            await Eventually.MatchAsync(
                async () =>
                {
                    var (seen, body) = await adapter.GetAsync("/health/web?format=health%2Bjson");
                    using var document = JsonDocument.Parse(body);
                    return (seen, Said: document.RootElement.GetProperty("status").GetString(), body);
                },
                seen => seen.seen == status && seen.Said == answer && seen.body.Contains(reason, StringComparison.Ordinal),
                cancellation: Cancellation);
        }
    }
}
