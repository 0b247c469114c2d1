using System.Text.Json;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Adapter.Tests.Endpoints;

public sealed class ExplanationTests
{
    [Fact]
    public async Task The_status_page_shows_the_last_answers_the_changes_and_the_next_question()
    {
        using var volume = new TempVolume();
        var beat = volume.Write("beat", "");
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_BEAT", $"file:{beat}"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "2"));
        await adapter.WaitForAsync("/health/beat", 200);
        File.Delete(beat);
        await adapter.WaitForAsync("/health/beat", 503);

        using var status = JsonDocument.Parse((await adapter.GetAsync("/status")).Body);

        var probe = status.RootElement.GetProperty("health").GetProperty("probes")[0];
        Assert.Matches(@"^\.+xx+$", probe.GetProperty("last_answers").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ down: there is no such file$", probe.GetProperty("changes")[0].GetString());
        Assert.EndsWith(" up: present", probe.GetProperty("changes")[1].GetString(), StringComparison.Ordinal);
        Assert.InRange(probe.GetProperty("next_in_seconds").GetDouble(), 0, 0.1);
    }

    [Fact]
    public async Task Only_so_many_answers_and_changes_are_kept()
    {
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_FLAP", "exec:[\"/bin/sh\",\"-c\",\"exit $(( $(date +%s%N) / 1000000 % 2 ))\"]"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "1"));

        var probe = await Eventually.MatchAsync(
            async () =>
            {
                using var status = JsonDocument.Parse((await adapter.GetAsync("/status")).Body);
                var shown = status.RootElement.GetProperty("health").GetProperty("probes")[0];
                return (Strip: shown.GetProperty("last_answers").GetString()!, Changes: shown.GetProperty("changes").GetArrayLength());
            },
            seen => seen.Strip.Length == 60, TimeSpan.FromSeconds(60), cancellation: TestContext.Current.CancellationToken);

        Assert.InRange(probe.Changes, 1, 10);
    }

    [Fact]
    public async Task What_can_not_be_known_is_said_and_is_no_reason_why_live_is_down()
    {
        await using var adapter = SidecarProcess.Start("sidecar-adapter", new Dictionary<string, string>
        {
            ["ADAPTER_PROBE_REPORT"] = "push:",
            ["ADAPTER_PROBE_REPORT_MAX_AGE"] = "5s",
            ["ADAPTER_PROBE_BEAT"] = "file:/nowhere",
            ["ADAPTER_INTERVAL"] = "100ms",
        });

        var live = await adapter.Process.WaitForLineAsync(line => line.Contains("Group 'live' is down", StringComparison.Ordinal), cancellation: TestContext.Current.CancellationToken);
        var report = await adapter.Process.WaitForLineAsync(line => line.Contains("Probe 'report' is", StringComparison.Ordinal), cancellation: TestContext.Current.CancellationToken);

        Assert.Contains("503 on /health/live. beat: there is no such file.", live, StringComparison.Ordinal);
        Assert.Contains("is unknown after 3 misses in a row: nothing was reported yet.", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debug_asks_a_probe_now_and_shows_every_step_to_callers_on_this_host_only()
    {
        await using var app = await LoopbackServer.StartAsync(_ => Task.CompletedTask);
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://localhost:{app.Port}/"), ("ADAPTER_PROBE_CHECK", "exec:[\"/bin/sh\",\"-c\",\"echo all is well\"]"), ("ADAPTER_INTERVAL", "60s"), ("ADAPTER_TIMEOUT", "30s"));
        await adapter.WaitForAsync("/health/ready", 200);

        var web = await adapter.GetAsync("/health/web?debug");
        var check = await adapter.GetAsync("/health/check?debug");
        using var forwarded = new HttpRequestMessage(HttpMethod.Get, "/health/web?debug");
        forwarded.Headers.Add("X-Forwarded-For", "203.0.113.9");
        using var refused = await adapter.Http.SendAsync(forwarded, TestContext.Current.CancellationToken);

        const string Time = @" +\d+\.\d{3} ms  ";
        Assert.Matches($@"^{Time}connecting\n{Time}waiting for an answer at 127\.0\.0\.1\n{Time}reading the body\n{Time}pass: status 200 at 127\.0\.0\.1, trace_id=[0-9a-f]{{32}}\n$", web.Body);
        Assert.Matches($@"^{Time}running as pid \d+\n{Time}the command has ended: ending what it left behind\n{Time}pass: exit code 0\n\nall is well\n\n$", check.Body);
        Assert.Equal(2, app.Connections);
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal(404, (await adapter.GetAsync("/health/nobody?debug")).Status);
    }
}
