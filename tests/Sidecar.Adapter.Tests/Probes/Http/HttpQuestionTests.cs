using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes.Http;

public sealed class HttpQuestionTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private string _seen = "";

    [Fact]
    public async Task Method_headers_and_credentials_are_sent()
    {
        await using var server = await LoopbackServer.StartAsync(RememberAsync);
        var url = new Uri($"http://127.0.0.1:{server.Port}/health");

        await AskAsync(new HttpQuestion(url) { Method = HttpMethod.Head, Headers = new Secret("X-Probe: sidecar; Host: shop.example.com"), Basic = new Secret("bob:secret") });
        var basic = _seen;
        await AskAsync(new HttpQuestion(url) { Bearer = new Secret("token") });

        Assert.Equal("HEAD shop.example.com X-Probe=sidecar Basic Ym9iOnNlY3JldA==", basic);
        Assert.Equal($"GET 127.0.0.1:{server.Port} X-Probe= Bearer token", _seen);
    }

    [Fact]
    public async Task A_token_in_a_file_is_read_again_when_it_changes()
    {
        var time = new ManualTime();
        var file = _volume.Write("token", "first\n");
        await using var server = await LoopbackServer.StartAsync(RememberAsync);
        var question = new HttpQuestion(new Uri($"http://127.0.0.1:{server.Port}/")) { Bearer = Secret.FromFile(file, time).Value };
        await AskAsync(question);
        Assert.EndsWith("Bearer first", _seen, StringComparison.Ordinal);

        _volume.Write("token", "second\n");
        time.Advance(Secret.FollowInterval);
        await AskAsync(question);

        Assert.EndsWith("Bearer second", _seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_connection_serves_many_questions()
    {
        await using var server = await LoopbackServer.StartAsync(RememberAsync);
        using var probe = Probe(new HttpQuestion(new Uri($"http://127.0.0.1:{server.Port}/")) { KeepsConnection = true });

        for (var question = 0; question < 5; question++)
            Assert.True((await probe.AskAsync(TestContext.Current.CancellationToken)).HasPassed);

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_unix_socket_is_asked_by_HTTP()
    {
        var path = _volume.PathOf("app.sock");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path));
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync($"at {context.Request.Path}"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        var question = new HttpQuestion(new Uri("http://localhost/health")) { Socket = new UnixDomainSocketEndPoint(path) };

        var right = await AskAsync(question, ContentRules.None with { Text = "at /health" });
        await app.StopAsync(TestContext.Current.CancellationToken);
        var gone = await AskAsync(question, ContentRules.None);

        Assert.Equal([ProbeResult.Passed("status 200") with { TraceId = right.TraceId }, ProbeResult.Failed("no such socket")], new[] { right, gone });
    }

    [Fact]
    public async Task The_host_called_pod_means_both_loopbacks_too()
    {
        await using var server = await LoopbackServer.StartAsync(RememberAsync, IPAddress.IPv6Loopback);

        Assert.Equal("status 200 at ::1", (await AskAsync(new HttpQuestion(new Uri($"http://pod:{server.Port}/")))).Reason);
    }

    [Fact]
    public async Task The_host_called_pod_means_an_own_address_too_that_an_app_listens_on_alone()
    {
        var own = NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        Assert.SkipWhen(own is null, "This machine has no address but loopback.");
        await using var server = await LoopbackServer.StartAsync(RememberAsync, own);

        var pod = await AskAsync(new HttpQuestion(new Uri($"http://pod:{server.Port}/")));
        var localhost = await AskAsync(new HttpQuestion(new Uri($"http://localhost:{server.Port}/")));

        Assert.Equal("status 200", pod.Reason);
        Assert.Equal("connection refused at 127.0.0.1, connection refused at ::1", localhost.Reason);
    }

    public void Dispose() => _volume.Dispose();

    private Task RememberAsync(HttpContext context)
    {
        var request = context.Request;
        _seen = $"{request.Method} {request.Host} X-Probe={request.Headers["X-Probe"]} {request.Headers.Authorization}";
        return Task.CompletedTask;
    }

    private static HttpProbe Probe(HttpQuestion question, ContentRules? content = null) =>
        new(question, new HttpExpectation(NumberRanges.Read("200-399", 100, 599).Value, content ?? ContentRules.None, null), new TlsTrust(), TimeProvider.System);

    private static async Task<ProbeResult> AskAsync(HttpQuestion question, ContentRules? content = null)
    {
        using var probe = Probe(question, content);
        return await probe.AskAsync(TestContext.Current.CancellationToken);
    }
}
