using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Tests.Admin;

public sealed class AdminPortTests
{
    [Fact]
    public async Task Health_of_the_agent_is_200_and_metrics_and_status_are_there()
    {
        await using var sidecar = await RunningSidecar.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await sidecar.StatusAsync("/livez"));
        Assert.Equal(HttpStatusCode.OK, await sidecar.StatusAsync("/readyz"));
        Assert.Contains("sidecar_ready 1\n", await sidecar.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken));
        Assert.Contains("\"program\": \"sidecar-adapter\"", await sidecar.Http.GetStringAsync("/status", TestContext.Current.CancellationToken));
        Assert.Contains(">sidecar-adapter is healthy</h1>", await sidecar.Http.GetStringAsync("/", TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, await sidecar.StatusAsync("/nothing"));
    }

    [Theory]
    [InlineData("Host", "pod.example")]
    [InlineData("Origin", "http://127.0.0.1")]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    public async Task Status_and_control_are_for_this_host_only_and_health_is_for_all(string header, string value)
    {
        await using var sidecar = await RunningSidecar.StartAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(sidecar, HttpMethod.Get, "/status", header, value));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(sidecar, HttpMethod.Get, "/", header, value));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(sidecar, HttpMethod.Post, "/control/quit", header, value));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(sidecar, HttpMethod.Get, "/readyz", header, value));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(sidecar, HttpMethod.Get, "/metrics", header, value));
    }

    [Fact]
    public async Task The_status_page_can_be_opened_to_all_and_control_can_not()
    {
        await using var sidecar = await RunningSidecar.StartAsync(null, ("SIDECAR_ADMIN_EXPOSE", "status"));

        Assert.Equal(HttpStatusCode.OK, await SendAsync(sidecar, HttpMethod.Get, "/status", "Host", "pod.example"));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(sidecar, HttpMethod.Post, "/control/drain", "Host", "pod.example"));
    }

    [Fact]
    public async Task Control_by_get_is_not_allowed_and_head_has_no_body()
    {
        await using var sidecar = await RunningSidecar.StartAsync();
        using var head = await sidecar.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/readyz"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, await sidecar.StatusAsync("/control/quit"));
        Assert.Equal(3, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Outside_trouble_shows_but_turns_readiness_only_when_asked_to()
    {
        await using var calm = await RunningSidecar.StartAsync(Troubled);
        await using var strict = await RunningSidecar.StartAsync(Troubled, ("SIDECAR_READY_WHEN", "upstream"));

        Assert.Contains("degraded: upstream: throttled", await calm.Http.GetStringAsync("/readyz", TestContext.Current.CancellationToken));
        Assert.Contains("sidecar_degraded{trouble=\"upstream\"} 1", await calm.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await strict.StatusAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, await strict.StatusAsync("/livez"));
    }

    [Fact]
    public async Task The_control_socket_serves_control_to_whoever_may_open_it()
    {
        using var volume = new Sidecar.Testing.TempVolume();
        var path = volume.PathOf("control.sock");
        await using var sidecar = await RunningSidecar.StartAsync(null, ("SIDECAR_CONTROL_SOCKET", path));

        var (exitCode, text) = await sidecar.CommandAsync("log-level", "debug");

        Assert.True(File.Exists(path));
        Assert.Equal((0, "debug\n"), (exitCode, text));
    }

    [Fact]
    public async Task A_file_that_stands_where_the_control_socket_belongs_is_left_alone_and_nothing_starts()
    {
        using var volume = new Sidecar.Testing.TempVolume();
        var path = volume.Write("orders.db", "data");
        await using var sidecar = await RunningSidecar.StartAsync(null, ("SIDECAR_CONTROL_SOCKET", path));

        Assert.Equal(1, await sidecar.Exit.WaitAsync(Sidecar.Testing.Eventually.Patience, TestContext.Current.CancellationToken));
        Assert.Contains($"SIDECAR_CONTROL_SOCKET={path}: what stands there is no socket, and is left alone; a path of its own is expected", sidecar.Errors, StringComparison.Ordinal);
        Assert.Equal("data", File.ReadAllText(path));
    }

    private static void Troubled(SidecarBuilder sidecar) => sidecar.UseAgent(_ => new AgentPlan
    {
        Lines = [],
        AddServices = _ => { },
        MapAdmin = (_, services) => services.GetRequiredService<AgentState>().Degraded("upstream").Begin("throttled"),
    });

    private static async Task<HttpStatusCode> SendAsync(RunningSidecar sidecar, HttpMethod method, string path, string header, string value)
    {
        using var request = new HttpRequestMessage(method, path);
        Assert.True(request.Headers.TryAddWithoutValidation(header, value));
        using var answer = await sidecar.Http.SendAsync(request);
        return answer.StatusCode;
    }
}
