using Sidecar.Adapter.Endpoints.Relay;
using Sidecar.Adapter.Tests.Probes;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Endpoints;

public sealed class RelayEndpointTests
{
    private static readonly (string, string) Probe = ("ADAPTER_PROBE_HOST", "file:/etc/hostname");

    [Fact]
    public async Task It_answers_as_blackbox_exporter_does()
    {
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/bad" ? 500 : 200;
            return Task.CompletedTask;
        });
        await using var adapter = await RunningAdapter.StartAsync(Probe, ("ADAPTER_PROBE_TARGETS", "127.0.0.1"));

        var right = await adapter.GetAsync($"/probe?target=127.0.0.1:{app.Port}");
        var wrong = await adapter.GetAsync($"/probe?target=http://127.0.0.1:{app.Port}/bad&module=http_2xx");
        var tcp = await adapter.GetAsync($"/probe?target=127.0.0.1:{app.Port}&module=tcp_connect");
        var gone = await adapter.GetAsync($"/probe?target=127.0.0.1:{FreePort.Next()}&module=tcp_connect");

        Assert.All([right, wrong, tcp, gone], answer => Assert.Equal(200, answer.Status));
        Assert.Equal([true, false, true, false], new[] { right, wrong, tcp, gone }.Select(answer => answer.Body.Contains("\nprobe_success 1\n", StringComparison.Ordinal)));
        Assert.All([wrong, gone], answer => Assert.Contains("\nprobe_success 0\n", answer.Body, StringComparison.Ordinal));
        Assert.Matches("# TYPE probe_duration_seconds gauge\nprobe_duration_seconds [0-9.E-]+\n", right.Body);
    }

    [Fact]
    public async Task A_redirect_leads_only_where_the_list_allows()
    {
        await using var hidden = await LoopbackServer.StartAsync(_ => Task.CompletedTask);
        await using var app = await LoopbackServer.StartAsync(context =>
        {
            if (context.Request.Path != "/end")
                context.Response.Redirect(context.Request.Path == "/out" ? $"http://127.0.0.1:{hidden.Port}/" : context.Request.Path == "/name" ? $"http://localhost:{context.Request.Host.Port}/end" : "/end");
            return Task.CompletedTask;
        });
        await using var adapter = await RunningAdapter.StartAsync(Probe, ("ADAPTER_PROBE_TARGETS", $"127.0.0.1:{app.Port}"));

        var answers = await Task.WhenAll(new[] { "in", "out", "name" }.Select(path => adapter.GetAsync($"/probe?target=http://127.0.0.1:{app.Port}/{path}")));

        Assert.Equal([true, false, false], answers.Select(answer => answer.Body.Contains("\nprobe_success 1\n", StringComparison.Ordinal)));
        Assert.Equal(0, hidden.Connections);
    }

    [Fact]
    public async Task Every_address_of_this_host_is_asked_as_localhost()
    {
        await using var app = await LoopbackServer.StartAsync(_ => Task.CompletedTask);
        await using var adapter = await RunningAdapter.StartAsync(Probe, ("ADAPTER_PROBE_TARGETS", "0.0.0.0"));

        foreach (var module in (string[])["http_2xx", "tcp_connect"])
            Assert.Contains("\nprobe_success 1\n", (await adapter.GetAsync($"/probe?target=0.0.0.0:{app.Port}&module={module}")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_list_there_is_no_relay()
    {
        await using var adapter = await RunningAdapter.StartAsync(Probe);

        Assert.Equal(404, (await adapter.GetAsync("/probe?target=127.0.0.1:80")).Status);
    }

    [Theory]
    [InlineData("target=example.com", 403, "this host is not in ADAPTER_PROBE_TARGETS")]
    [InlineData("target=localhost:1", 403, "this host is not in ADAPTER_PROBE_TARGETS")]
    [InlineData("target=127.0.0.1:1&module=icmp", 400, "unknown module; known: grpc, grpc_plain, http_2xx,")]
    [InlineData("target=", 400, "a target is expected")]
    [InlineData("target=file:///etc/passwd", 400, "a target is expected")]
    [InlineData("target=http://bob:secret@127.0.0.1/", 400, "a target is expected")]
    [InlineData("target=127.0.0.1&module=tcp_connect", 400, "a target is expected")]
    public async Task What_may_not_be_asked_is_refused(string query, int status, string why)
    {
        await using var adapter = await RunningAdapter.StartAsync(Probe, ("ADAPTER_PROBE_TARGETS", "127.0.0.1;*.shop.internal:8080"));

        var answer = await adapter.GetAsync($"/probe?{query}");

        Assert.Equal(status, answer.Status);
        Assert.StartsWith(why, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("[fe80::1]")]
    [InlineData("[fd00:ec2::254]")]
    [InlineData("[::ffff:169.254.169.254]")]
    public async Task Where_clouds_hand_out_credentials_is_never_asked_even_if_it_is_listed(string host)
    {
        await using var adapter = await RunningAdapter.StartAsync(Probe, ("ADAPTER_PROBE_TARGETS", host.Trim('[', ']')));

        var answers = await Task.WhenAll(new[] { "http_2xx", "tcp_connect", "grpc_plain" }
            .Select(module => adapter.GetAsync($"/probe?target={(module == "http_2xx" ? "http" : "tcp")}://{host}:80/latest&module={module}")));

        Assert.All(answers, answer => Assert.Contains("probe_success 0", answer.Body, StringComparison.Ordinal));
        Assert.All(answers, answer => Assert.True(SecondsOf(answer.Body) < 1, answer.Body));

        static double SecondsOf(string body) => double.Parse(body.Split("\nprobe_duration_seconds ")[1].Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("db", "db", 5432, true)]
    [InlineData("db:5432", "DB", 5432, true)]
    [InlineData("db:5432", "db", 22, false)]
    [InlineData("*.shop.internal", "cart.shop.internal", 80, true)]
    [InlineData("*.shop.internal", "shop.internal", 80, false)]
    [InlineData("*.shop.internal", "evilshop.internal", 80, false)]
    [InlineData("[::1]:80", "::1", 80, true)]
    [InlineData("::1", "::1", 80, true)]
    public void Hosts_are_listed_by_name_with_a_port_or_by_suffix(string list, string host, int port, bool isAllowed)
    {
        Assert.Equal(isAllowed, RelayTargets.Read(list).Value.Allow(host, port));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a b")]
    public void A_list_that_would_allow_everything_is_refused(string list)
    {
        Assert.False(RelayTargets.Read(list).IsRight);
    }
}
