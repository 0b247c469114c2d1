using System.Text;
using System.Text.Json;
using Sidecar.Adapter.Endpoints;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Verdicts;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Endpoints;

public sealed class HealthFormatTests
{
    [Theory]
    [InlineData("?format=text", "*/*", "text/plain", "ready: fail since ")]
    [InlineData("", "text/plain", "text/plain", "ready: fail since ")]
    [InlineData("", "*/*", "application/health+json", "{\"status\":\"fail\",\"name\":\"ready\",")]
    [InlineData("?format=health%2Bjson", "text/plain", "application/health+json", "{\"status\":\"fail\",\"name\":\"ready\",")]
    [InlineData("?format=health+json", "text/plain", "application/health+json", "{\"status\":\"fail\",\"name\":\"ready\",")]
    [InlineData("", "text/html, application/json;q=0.9", "application/json", "{\"status\":\"down\",\"name\":\"ready\",")]
    [InlineData("?format=json", "*/*", "application/json", "{\"status\":\"down\",\"name\":\"ready\",")]
    [InlineData("?format=microprofile", "*/*", "application/json", "{\"status\":\"DOWN\",\"checks\":[{\"name\":\"gone\",\"status\":\"DOWN\",\"data\":{\"reason\":\"there is no such file\"}},{\"name\":\"host\",\"status\":\"UP\",")]
    [InlineData("?format=spring", "*/*", "application/vnd.spring-boot.actuator.v3+json", "{\"status\":\"DOWN\",\"components\":{\"gone\":{\"status\":\"DOWN\",\"details\":{\"reason\":\"there is no such file\"}},\"host\":{\"status\":\"UP\",")]
    [InlineData("", "application/vnd.spring-boot.actuator.v3+json", "application/vnd.spring-boot.actuator.v3+json", "{\"status\":\"DOWN\",\"components\":")]
    public async Task The_verdict_is_said_in_the_dialect_that_is_asked_for(string query, string accept, string contentType, string start)
    {
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_PROBE_GONE", "file:/nowhere"), ("ADAPTER_FALL", "1"));
        await adapter.WaitForAsync("/health/host", 200);
        await adapter.WaitForAsync("/health/live", 503);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/health/ready" + query, UriKind.Relative));
        request.Headers.Accept.ParseAdd(accept);

        using var answer = await adapter.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal((503, contentType), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith(start, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_format_that_nobody_knows_is_refused_with_the_known_ones()
    {
        await using var adapter = await RunningAdapter.StartAsync(("ADAPTER_PROBE_HOST", "file:/etc/hostname"));

        Assert.Equal((400, "no such format; known: health+json, json, text, microprofile, spring\n"), await adapter.GetAsync("/health?format=xml"));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("microprofile")]
    [InlineData("spring")]
    public async Task In_no_dialect_a_body_is_larger_than_2_KiB(string format)
    {
        var probes = Enumerable.Range(0, 60).Select(number => ($"ADAPTER_PROBE_P{number}", $"file:/nowhere/{number}"));
        await using var adapter = await RunningAdapter.StartAsync([.. probes, ("ADAPTER_FALL", "1")]);
        await adapter.WaitForAsync("/health/live", 503);

        var (_, body) = await adapter.GetAsync($"/health?format={format}");

        using var json = JsonDocument.Parse(body);
        Assert.InRange(json.RootElement.GetProperty("omitted").GetInt32(), 30, 59);
        Assert.InRange(Encoding.UTF8.GetByteCount(body), 1000, 2048);
    }

    [Fact]
    public async Task A_reason_that_is_too_long_is_never_cut_within_an_emoji()
    {
        using var volume = new TempVolume();
        var laughing = string.Concat(Enumerable.Repeat("\U0001F600", 120));
        volume.Write("state", $$"""{"status":"x{{laughing}}","other":"{{laughing}}"}""");
        volume.Write("plugin", $"x{laughing}");
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_SEEN", $"file:{volume.PathOf("state")}"), ("ADAPTER_PROBE_SEEN_JSON", "$.status = UP"),
            ("ADAPTER_PROBE_EVEN", $"file:{volume.PathOf("state")}"), ("ADAPTER_PROBE_EVEN_JSON", $"$.other = {laughing}x"),
            ("ADAPTER_PROBE_ODD", $"file:{volume.PathOf("state")}"), ("ADAPTER_PROBE_ODD_JSON", $"$.other = x{laughing}"),
            ("ADAPTER_PROBE_PLUGIN", $"exec:[\"/bin/sh\",\"-c\",\"cat {volume.PathOf("plugin")}; exit 2\"]"), ("ADAPTER_PROBE_PLUGIN_EXIT", "nagios"),
            ("ADAPTER_PROBE_JOB", "push:"), ("ADAPTER_PROBE_JOB_MAX_AGE", "1m"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_FALL", "1"));
        using var report = await adapter.Http.PutAsync(new Uri("/push/job", UriKind.Relative), new StringContent($"fail x{laughing}"), TestContext.Current.CancellationToken);
        foreach (var probe in (string[])["seen", "even", "odd", "plugin", "job"])
        {
            await Eventually.MatchAsync(
                () => adapter.GetAsync($"/health/{probe}?format=text"), answer => answer.Body.Contains("\U0001F600", StringComparison.Ordinal), cancellation: TestContext.Current.CancellationToken);
        }

        foreach (var format in (string[])["json", "health%2Bjson", "microprofile", "spring", "text"])
        {
            foreach (var name in (string[])["", "/live", "/seen", "/even", "/odd", "/plugin", "/job"])
            {
                var (status, body) = await adapter.GetAsync($"/health{name}?format={format}");

                Assert.Equal(503, status);
                Assert.Matches("\U0001F600|\\\\uD83D\\\\uDE00", body);
                Assert.DoesNotContain('\ufffd', body);
            }
        }
    }

    [Fact]
    public void Nothing_that_a_probe_says_can_make_an_answer_fail()
    {
        var probe = new ProbeState("web", Belief.Down, DateTimeOffset.UnixEpoch) { Last = ProbeResult.Failed("half \ud83d of a pair \u0000\u001b\"\\") };

        foreach (var format in Enum.GetValues<HealthFormat>())
        {
            var body = HealthBody.Of(new HealthAnswer("web", IsUp: false, IsDegraded: false, DateTimeOffset.UnixEpoch, [probe]), format);

            Assert.Contains("half \ufffd of a pair", Encoding.UTF8.GetString(body.Span), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, 200)]
    [InlineData("429", 429)]
    [InlineData("503", 503)]
    public async Task What_is_degraded_is_200_unless_the_user_says_otherwise(string? degraded, int status)
    {
        (string, string)[] extra = degraded is null ? [] : [("ADAPTER_DEGRADED_STATUS", degraded)];
        await using var adapter = await RunningAdapter.StartAsync(
            [("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("ADAPTER_PROBE_CACHE", "file:/nowhere"), ("ADAPTER_READY", "host & cache?"), ("ADAPTER_FALL", "1"), .. extra]);
        await adapter.WaitForAsync("/health/live", 503);
        await adapter.WaitForAsync("/health/ready", status);

        var (_, body) = await adapter.GetAsync("/health/ready?format=text");
        var (exitCode, _) = await adapter.BesideAsync("health", "ready");

        Assert.StartsWith("ready: warn since ", body, StringComparison.Ordinal);
        Assert.Contains("cache: fail, there is no such file", body, StringComparison.Ordinal);
        Assert.Equal(status == 503 ? 1 : 0, exitCode);
    }

    [Fact]
    public async Task Maintenance_takes_the_app_out_of_traffic_and_keeps_it_from_being_restarted()
    {
        using var volume = new TempVolume();
        var file = volume.PathOf("maintenance");
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_BEAT", $"file:{volume.Write("beat", "")}"), ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_MAINTENANCE_FILE", file));
        await adapter.WaitForAsync("/health/ready", 200);

        var on = await adapter.BesideAsync("maintenance", "on");
        File.Delete(volume.PathOf("beat"));
        await adapter.WaitForAsync("/health/beat", 503);
        var during = await Task.WhenAll(new[] { "/health/ready", "/health/live", "/health", "/health/ready?format=text" }.Select(adapter.GetAsync));
        var off = await adapter.BesideAsync("maintenance", "off");
        await adapter.WaitForAsync("/health/live", 503);

        volume.Write("beat", "");
        await adapter.WaitForAsync("/health/ready", 200);
        volume.Write("maintenance", "");
        await adapter.WaitForAsync("/health/ready", 503);
        File.Delete(file);
        await adapter.WaitForAsync("/health/ready", 200);

        Assert.Equal([(0, "maintenance is on\n"), (0, "maintenance is off\n")], new[] { on, off });
        Assert.Equal([503, 200, 503, 503], during.Select(answer => answer.Status));
        Assert.Contains("maintenance since ", during[3].Body, StringComparison.Ordinal);
    }
}
