using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests;

public sealed class AdapterTests
{
    [Fact]
    public async Task The_verdict_follows_the_app_down_and_up_and_the_agent_itself_stays_well()
    {
        using var volume = new TempVolume();
        var beat = volume.Write("beat", "");
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_BEAT", $"file:{beat}"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_GROUP_JOBS", "beat"));
        await adapter.WaitForAsync("/health/startup", 200);

        File.Delete(beat);
        await adapter.WaitForAsync("/health/ready", 503);
        var down = await Task.WhenAll(new[] { "/health", "/health/live", "/health/startup", "/health/jobs", "/health/beat", "/livez", "/readyz" }.Select(adapter.GetAsync));

        volume.Write("beat", "");
        await adapter.WaitForAsync("/health/ready", 200);
        var up = await Task.WhenAll(new[] { "/health", "/health/live", "/health/jobs", "/health/beat" }.Select(adapter.GetAsync));

        Assert.Equal([503, 503, 200, 503, 503, 200, 200], down.Select(answer => answer.Status));
        Assert.Contains("there is no such file", down[0].Body, StringComparison.Ordinal);
        Assert.All(up, answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task A_thousand_requests_while_a_probe_hangs_are_answered_from_memory_and_the_app_is_asked_once()
    {
        var (underWay, most) = (0, 0);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await LoopbackServer.StartAsync(async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref underWay));
            await Task.WhenAny(over.Task, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
            Interlocked.Decrement(ref underWay);
        });
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://localhost:{app.Port}/"), ("ADAPTER_INTERVAL", "30s"), ("ADAPTER_TIMEOUT", "30s"));
        await Eventually.TrueAsync(() => Volatile.Read(ref underWay) == 1, cancellation: TestContext.Current.CancellationToken);
        await adapter.GetAsync("/health/ready");

        var started = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => adapter.GetAsync("/health/ready")));
        var took = Stopwatch.GetElapsedTime(started);
        over.SetResult();

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        Assert.Equal(1, most);
        // All of them in less than a sixth of the time for which the probe hangs.
        Assert.True(took < TimeSpan.FromSeconds(5), $"{took}");
    }

    [Fact]
    public async Task Before_anything_is_known_live_is_up_and_ready_is_not_and_each_says_why()
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await LoopbackServer.StartAsync(_ => over.Task);
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://localhost:{app.Port}/"), ("ADAPTER_INTERVAL", "30s"), ("ADAPTER_TIMEOUT", "30s"));

        var answers = await Task.WhenAll(new[] { "/health/live", "/health/ready", "/health/startup", "/health/web" }.Select(adapter.GetAsync));
        over.SetResult();

        Assert.Equal([200, 503, 503, 503], answers.Select(answer => answer.Status));
        Assert.Contains("\"status\":\"unknown\"", answers[1].Body, StringComparison.Ordinal);
        Assert.Contains("not asked yet", answers[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_is_answered_without_a_body_never_cached_and_an_unknown_name_lists_the_known_ones()
    {
        await using var adapter = await RunningAdapter.StartAsync(("ADAPTER_PROBE_BEAT", "file:/nowhere"), ("ADAPTER_GROUP_JOBS", "beat"));
        using var request = new HttpRequestMessage(HttpMethod.Head, "/health/ready");
        using var head = await adapter.Http.SendAsync(request, TestContext.Current.CancellationToken);

        var unknown = await adapter.GetAsync("/health/nobody");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, head.StatusCode);
        Assert.Equal("no-store", head.Headers.CacheControl?.ToString());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal((404, "no such group or probe; known: live ready startup jobs beat\n"), unknown);
    }

    [Fact]
    public async Task The_health_command_is_0_or_1_and_prints_the_reasons()
    {
        using var volume = new TempVolume();
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_BEAT", $"file:{volume.PathOf("beat")}"), ("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_INTERVAL", "100ms"));
        await adapter.WaitForAsync("/health/live", 503);

        var live = await adapter.BesideAsync("health", "live");
        var host = await adapter.BesideAsync("health", "HOST");
        var all = await adapter.BesideAsync("health");
        var nobody = await adapter.BesideAsync("health", "nobody");

        Assert.Equal([1, 0, 1, 1], new[] { live, host, all, nobody }.Select(answer => answer.ExitCode));
        Assert.Contains("beat: fail, there is no such file", live.Text, StringComparison.Ordinal);
        Assert.Contains("host: pass, present", host.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_command_is_1_when_nothing_runs()
    {
        var (exitCode, text) = await RunningAdapter.CommandAsync(["health", "live"], ("SIDECAR_ADMIN_LISTEN", $"127.0.0.1:{FreePort.Next()}"));

        Assert.Equal(1, exitCode);
        Assert.StartsWith("nothing listens on 127.0.0.1:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_and_the_status_page_show_probes_and_groups()
    {
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_PROBE_GONE", "file:/nowhere"), ("ADAPTER_FALL", "1"), ("ADAPTER_GROUP_MINE", "host"));
        await adapter.WaitForAsync("/health/mine", 200);
        await adapter.WaitForAsync("/health/live", 503);

        // Counted and said right after it was answered.
        const string Turned = "sidecar_adapter_probe_transitions_total{probe=\"gone\",to=\"down\"} 1";
        var metrics = await Eventually.MatchAsync(async () => (await adapter.GetAsync("/metrics")).Body, text => text.Contains(Turned, StringComparison.Ordinal));
        using var status = JsonDocument.Parse((await adapter.GetAsync("/status")).Body);

        foreach (var line in (string[])[
            "sidecar_adapter_probe_up{probe=\"host\"} 1", "sidecar_adapter_probe_up{probe=\"gone\"} 0", "sidecar_adapter_group_up{group=\"mine\"} 1",
            "sidecar_adapter_group_up{group=\"ready\"} 0", Turned,
            "sidecar_adapter_probe_runs_total{outcome=\"fail\",probe=\"gone\"} ", "sidecar_adapter_probe_duration_seconds_count{probe=\"host\"} "])
            Assert.Contains(line, metrics, StringComparison.Ordinal);
        var probe = status.RootElement.GetProperty("health").GetProperty("probes")[0];
        Assert.Equal(("gone", "down", "there is no such file"), (probe.GetProperty("name").GetString(), probe.GetProperty("believed").GetString(), probe.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task However_many_probes_fail_the_body_stays_below_2_KiB_and_says_how_many_it_left_out()
    {
        var probes = Enumerable.Range(0, 60).Select(number => ($"ADAPTER_PROBE_P{number}", $"file:/nowhere/{number}"));
        await using var adapter = await RunningAdapter.StartAsync([.. probes, ("ADAPTER_PROBE_WELL", "file:/etc/hostname")]);
        await adapter.WaitForAsync("/health/well", 200);

        var (_, json) = await adapter.GetAsync("/health");
        var (_, text) = await adapter.GetAsync("/health?format=text");

        Assert.InRange(Encoding.UTF8.GetByteCount(json), 1000, 2048);
        Assert.InRange(Encoding.UTF8.GetByteCount(text), 1000, 2048);
        using var body = JsonDocument.Parse(json);
        Assert.Equal(61, body.RootElement.GetProperty("omitted").GetInt32() + body.RootElement.GetProperty("checks").EnumerateObject().Count());
        Assert.False(body.RootElement.GetProperty("checks").TryGetProperty("well", out _));
    }
}
