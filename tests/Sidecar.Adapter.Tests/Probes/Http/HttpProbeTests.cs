using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes.Http;

public sealed class HttpProbeTests
{
    [Theory]
    [InlineData(200, "200-399", true)]
    [InlineData(204, "200;204", true)]
    [InlineData(399, "200-399", true)]
    [InlineData(400, "200-399", false)]
    [InlineData(503, "200-399", false)]
    [InlineData(404, "404", true)]
    public async Task The_status_has_to_be_in_the_list(int status, string list, bool isRight)
    {
        await using var server = await LoopbackServer.StartAsync(Status(status));

        var result = await AskAsync(server, status: list);

        Assert.Equal(isRight, result.HasPassed);
        Assert.Contains($"status {status} at 127.0.0.1", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Localhost_means_both_families_and_says_which_one_answered(string address)
    {
        await using var server = await LoopbackServer.StartAsync(Status(200), IPAddress.Parse(address));

        var result = await AskAsync(server, host: "localhost");

        Assert.Equal($"status 200 at {address}", result.Reason);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    public async Task The_address_that_an_app_listens_at_is_asked_as_localhost(string bound)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path == "/start")
                context.Response.Redirect($"http://{bound}:{context.Request.Host.Port}/there");
            else
                context.Response.StatusCode = context.Request.Host.Host == "localhost" ? 200 : 421;
            return Task.CompletedTask;
        });
        await using var adapter = await RunningAdapter.StartAsync(
            ("ADAPTER_PROBE_WEB", $"http://{bound}:{server.Port}/"), ("ADAPTER_PROBE_LED", $"http://localhost:{server.Port}/start"), ("ADAPTER_PROBE_CONNECTS", $"tcp://{bound}:{server.Port}"),
            ("ADAPTER_METRICS_APP", $"http://{bound}:{server.Port}/metrics"), ("ADAPTER_LIVE", "web;led;connects"));

        await adapter.WaitForAsync("/health/ready", 200);

        Assert.Contains("status 200 at 127.0.0.1", (await adapter.GetAsync("/health/web")).Body, StringComparison.Ordinal);
        Assert.Contains("source_up{source=\"app\"} 1", (await adapter.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_nobody_listens_each_address_says_so()
    {
        var result = await AskAsync($"http://localhost:{FreePort.Next()}/");

        Assert.Equal(Answer.Fail, result.Answer);
        Assert.Equal("connection refused at 127.0.0.1, connection refused at ::1", result.Reason);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_a_miss_with_its_reason()
    {
        var result = await AskAsync("http://no-such-host.invalid/");

        Assert.Equal(Answer.Fail, result.Answer);
        Assert.StartsWith("the host name does not resolve", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_question_takes_a_fresh_connection()
    {
        await using var server = await LoopbackServer.StartAsync(Status(200));
        using var probe = Probe($"http://127.0.0.1:{server.Port}/");

        for (var question = 0; question < 5; question++)
            Assert.True((await probe.AskAsync(TestContext.Current.CancellationToken)).HasPassed);

        Assert.Equal(5, server.Connections);
    }

    [Fact]
    public async Task A_redirect_to_another_host_is_a_miss_that_names_it()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.Redirect("https://login.example.com/start?then=secret");
            return Task.CompletedTask;
        });

        var result = await AskAsync(server);

        Assert.Equal(Answer.Fail, result.Answer);
        Assert.Equal("status 302, redirected to another host: https://login.example.com", result.Reason);
    }

    [Theory]
    [InlineData("/there")]
    [InlineData("http://127.0.0.1:{port}/there")]
    [InlineData("http://localhost:{port}/there")]
    public async Task A_redirect_on_the_same_host_is_followed(string location)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path == "/there")
                context.Response.StatusCode = 201;
            else
                context.Response.Redirect(location.Replace("{port}", $"{context.Request.Host.Port}", StringComparison.Ordinal));
            return Task.CompletedTask;
        });

        var result = await AskAsync(server);

        Assert.Equal("status 201 at 127.0.0.1", result.Reason);
    }

    [Fact]
    public async Task The_page_that_a_redirect_ends_at_is_judged_and_not_the_redirect()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path == "/moved")
                context.Response.StatusCode = 404;
            else
                context.Response.Redirect("/moved");
            return Task.CompletedTask;
        });

        Assert.Equal(ProbeResult.Failed("status 404 at 127.0.0.1, expected 200-399"), await AskAsync(server) with { TraceId = null });
    }

    [Fact]
    public async Task A_redirect_that_never_ends_is_a_miss_after_a_few()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.Redirect("/again");
            return Task.CompletedTask;
        });

        var result = await AskAsync(server);

        Assert.Equal("more than 10 redirects", result.Reason);
        Assert.Equal(11, server.Connections);
    }

    [Theory]
    [InlineData("302", true)]
    [InlineData("300-399", true)]
    [InlineData("200", false)]
    public async Task A_redirect_that_the_list_names_by_itself_is_the_answer(string list, bool isRight)
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.Redirect("https://login.example.com/");
            return Task.CompletedTask;
        });

        Assert.Equal(isRight, (await AskAsync(server, status: list)).HasPassed);
    }

    [Theory]
    [InlineData("\"status\":\"UP\"", true)]
    [InlineData("DOWN", false)]
    public async Task The_body_has_to_match(string pattern, bool isRight)
    {
        await using var server = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("{\"status\":\"UP\"}"));

        Assert.Equal(isRight, (await AskAsync(server, body: pattern)).HasPassed);
    }

    [Fact]
    public async Task Of_a_body_that_never_ends_only_the_first_part_is_read()
    {
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            var piece = new byte[16 * 1024];
            Array.Fill(piece, (byte)'x');
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        });

        Assert.True((await AskAsync(server)).HasPassed);
        Assert.Equal("status 200 at 127.0.0.1, but no match in the first 256 KiB of the body", (await AskAsync(server, body: "needle")).Reason);
    }

    [Theory]
    [InlineData(false, "waiting for an answer at 127.0.0.1")]
    [InlineData(true, "reading the body")]
    public async Task An_answer_that_does_not_come_is_stopped_by_the_time_out_and_says_where(bool sendsHeaders, string where)
    {
        var over = new TaskCompletionSource();
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            if (sendsHeaders)
                await context.Response.Body.FlushAsync(context.RequestAborted);
            await over.Task;
        });
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        using var probe = Probe($"http://127.0.0.1:{server.Port}/");

        var result = await probe.AskAsync(timeout.Token);
        over.SetResult();

        Assert.Equal(Answer.TimedOut, result.Answer);
        Assert.Equal($"timed out {where}", result.Reason);
    }

    private static RequestDelegate Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static HttpProbe Probe(string url, string status = "200-399", string? body = null) =>
        new(
            new HttpQuestion(new Uri(url)),
            new HttpExpectation(
                NumberRanges.Read(status, 100, 599).Value,
                ContentRules.None with { Match = body is null ? null : new Regex(body, RegexOptions.NonBacktracking) },
                null),
            new TlsTrust(),
            TimeProvider.System);

    private static Task<ProbeResult> AskAsync(LoopbackServer server, string host = "127.0.0.1", string status = "200-399", string? body = null) =>
        AskAsync($"http://{host}:{server.Port}/", status, body);

    private static async Task<ProbeResult> AskAsync(string url, string status = "200-399", string? body = null)
    {
        using var probe = Probe(url, status, body);
        return await probe.AskAsync(TestContext.Current.CancellationToken);
    }
}
