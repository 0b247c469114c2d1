using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Drains;

public sealed class DrainOnTests : IAsyncLifetime
{
    private volatile int _status = 200;
    private volatile int _everySecond;
    private volatile string _header = "X-Nothing";
    private volatile int _asked;
    private HttpBackend _verdict = null!;
    private HttpBackend _backend = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _verdict = await HttpBackend.StartAsync(context =>
        {
            var number = Interlocked.Increment(ref _asked);
            context.Response.StatusCode = _everySecond > 0 && number % 2 == 0 ? _everySecond : _status;
            context.Response.Headers[_header] = "drain-on";
            return context.Response.WriteAsync("ready: fail since yesterday\nweb: fail, status 500\n");
        });
        _backend = await HttpBackend.StartAsync("served");
    }

    public async ValueTask DisposeAsync()
    {
        await _verdict.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task While_the_verdict_is_no_all_is_served_and_connections_are_told_to_close()
    {
        var (ambassador, port) = await StartAsync();
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        using var before = await client.GetAsync("/", Cancellation);
        await AskedAsync(2);

        _status = 503;
        await DrainedAsync(ambassador, isDrained: true);
        var reason = ambassador.State.Withdrawal.Reason;
        using var first = await client.GetAsync("/", Cancellation);
        using var second = await client.GetAsync("/", Cancellation);
        _status = 200;
        await DrainedAsync(ambassador, isDrained: false);
        using var after = await client.GetAsync("/", Cancellation);

        Assert.Equal($"{_verdict.Url}/health/ready answered 503 (web: fail, status 500)", reason);
        Assert.All((HttpResponseMessage[])[before, first, second, after], answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal([null, true, true, null], ((HttpResponseMessage[])[before, first, second, after]).Select(answer => answer.Headers.ConnectionClose));
    }

    [Fact]
    public async Task A_call_of_http2_that_is_under_way_is_answered_and_the_next_takes_another_connection()
    {
        using var mayAnswer = new SemaphoreSlim(0);
        await using var backend = await HttpBackend.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/slow") await mayAnswer.WaitAsync(Cancellation);
                await context.Response.WriteAsync("served");
            },
            HttpProtocols.Http2);
        var (ambassador, port) = await StartAsync($"h2c://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        ambassador.ExpectSlowAnswers();
        var connections = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                Interlocked.Increment(ref connections);
                return new System.Net.Sockets.NetworkStream(await RunningAmbassador.ConnectAsync(port), ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var slow = client.GetStringAsync("/slow", Cancellation);
        Assert.Equal("served", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(1, connections);
        await AskedAsync(2);

        _status = 503;
        await DrainedAsync(ambassador, isDrained: true);
        Assert.Equal("served", await client.GetStringAsync("/", Cancellation));
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "served" && connections > 1, cancellation: Cancellation);
        mayAnswer.Release();

        Assert.Equal("served", await slow);
    }

    [Fact]
    public async Task An_app_that_is_starting_drains_nothing_because_it_may_need_the_ambassador_for_it()
    {
        _status = 503;
        var (ambassador, _) = await StartAsync();
        await using var running = ambassador;

        await AskedAsync(5);
        Assert.False(ambassador.State.Withdrawal.IsOn);
        _status = 200;
        await AskedAsync(2);
        _status = 503;

        await DrainedAsync(ambassador, isDrained: true);
    }

    [Fact]
    public async Task One_no_among_others_drains_nothing()
    {
        var drained = false;
        var (ambassador, _) = await StartAsync();
        await using var running = ambassador;

        _everySecond = 503;
        for (var i = 0; i < 12; i++)
        {
            await AskedAsync(1);
            drained |= ambassador.State.Withdrawal.IsOn;
        }

        Assert.False(drained);
    }

    [Fact]
    public async Task One_answer_among_others_that_is_no_verdict_brings_nothing_back()
    {
        var wasDrained = true;
        var (ambassador, _) = await StartAsync();
        await using var running = ambassador;
        await AskedAsync(2);
        _status = 503;
        await DrainedAsync(ambassador, isDrained: true);

        _everySecond = 500;
        for (var i = 0; i < 12; i++)
        {
            await AskedAsync(1);
            wasDrained &= ambassador.State.Withdrawal.IsOn;
        }

        Assert.True(wasDrained);
        Assert.False(ambassador.State.Degraded("verdict").IsOn);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(301)]
    public async Task What_is_no_verdict_drains_nothing(int status)
    {
        var (ambassador, _) = await StartAsync();
        await using var running = ambassador;
        await AskedAsync(2);

        _status = status;
        await Eventually.TrueAsync(() => ambassador.State.Degraded("verdict").IsOn, cancellation: Cancellation);

        Assert.False(ambassador.State.Withdrawal.IsOn);
        Assert.Contains($"answered {status}", ambassador.State.Degraded("verdict").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_that_dies_gives_the_door_back()
    {
        var (ambassador, _) = await StartAsync();
        await using var running = ambassador;
        await AskedAsync(2);
        _status = 503;
        await DrainedAsync(ambassador, isDrained: true);

        await _verdict.KillAsync();
        await DrainedAsync(ambassador, isDrained: false);

        Assert.Contains("can't be connected to", ambassador.State.Degraded("verdict").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_drained_itself_holds_nobody_down()
    {
        var (ambassador, _) = await StartAsync();
        await using var running = ambassador;
        await AskedAsync(2);
        _status = 503;
        await DrainedAsync(ambassador, isDrained: true);

        _header = AgentState.WithdrawnHeader;

        await DrainedAsync(ambassador, isDrained: false);
    }

    [Theory]
    [InlineData("https://127.0.0.1:9473/health/ready", "the http:// URL of a verdict is expected, without user and password")]
    [InlineData("127.0.0.1:9473", "the http:// URL of a verdict is expected, without user and password")]
    [InlineData("http://me:secret@127.0.0.1:9473/", "the http:// URL of a verdict is expected, without user and password")]
    [InlineData("http://localhost:9472/readyz", "the ambassador itself listens there")]
    [InlineData("http://[::1]:8081/", "the ambassador itself listens there")]
    public void A_url_that_is_none_or_our_own_is_refused(string url, string expected)
    {
        var fault = Assert.Single(FaultsOf(("AMBASSADOR_DRAIN_ON", url)));

        Assert.StartsWith("AMBASSADOR_DRAIN_ON=", fault, StringComparison.Ordinal);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
        Assert.EndsWith("for example AMBASSADOR_DRAIN_ON=http://127.0.0.1:9473/health/ready", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void How_it_is_asked_means_nothing_without_whom() =>
        Assert.Contains("is expected beside AMBASSADOR_DRAIN_ON_FALL", Assert.Single(FaultsOf(("AMBASSADOR_DRAIN_ON_FALL", "3"))), StringComparison.Ordinal);

    private static string[] FaultsOf(params (string Name, string Value)[] settings)
    {
        var schema = new SettingsSchema("ambassador");
        schema.Add(AmbassadorSettings.All);
        var environment = settings.Append(("AMBASSADOR_ROUTE_X", "http://127.0.0.1:9")).Append(("AMBASSADOR_ROUTE_X_LISTEN", "8081"));
        var read = SettingsReader.Read(schema, environment.ToDictionary(entry => entry.Item1, entry => entry.Item2), isCheck: true, TimeProvider.System);
        AmbassadorAgent.Compose(read);
        return [.. read.Faults.Select(fault => $"{fault}")];
    }

    private async Task<(RunningAmbassador Ambassador, int Port)> StartAsync(string? upstream = null)
    {
        var port = FreePort.Next();
        var ambassador = await RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_X", upstream ?? _backend.Url), ("AMBASSADOR_ROUTE_X_LISTEN", port.ToString(CultureInfo.InvariantCulture)),
            ("AMBASSADOR_DRAIN_ON", $"{_verdict.Url}/health/ready"), ("AMBASSADOR_DRAIN_ON_INTERVAL", "50ms"));
        return (ambassador, port);
    }

    // So many answers were given since, and the first of them heard.
    private Task AskedAsync(int times)
    {
        var asked = _asked;
        return Eventually.TrueAsync(() => _asked >= asked + times, cancellation: Cancellation);
    }

    private static Task DrainedAsync(RunningAmbassador ambassador, bool isDrained) =>
        Eventually.TrueAsync(() => ambassador.State.Withdrawal.IsOn == isDrained, cancellation: Cancellation);
}
