using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Hangs;

public sealed class HangTests
{
    private static readonly (string, string) FirstOnly = ("BALANCE", "first");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_at_an_endpoint_that_answers_nobody_go_elsewhere_long_before_any_timeout_and_a_post_stays()
    {
        var isHung = false;
        var waiting = new SemaphoreSlim(0);
        await using var hung = await HttpBackend.StartAsync(async context =>
        {
            if (!Volatile.Read(ref isHung)) return;
            if (context.Request.Method != "OPTIONS") waiting.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var other = await HttpBackend.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{hung.Url};{other.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        using var leaving = new CancellationTokenSource();
        for (var i = 0; i < 20; i++) await client.GetStringAsync("/", Cancellation);
        // A machine that is slow enough has had some of those moved as well.
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
        var (moved, others) = (ambassador.Count("sidecar.ambassador.retries{route=x,reason=hang}"), other.Requests);
        Volatile.Write(ref isHung, true);

        var posts = client.PostAsync("/", new StringContent("order"), leaving.Token);
        await waiting.WaitAsync(Cancellation);
        var gets = Enumerable.Range(0, 8).Select(_ => client.GetAsync("/", Cancellation)).ToList();
        var put = await client.PutAsync("/", new StringContent("whole"), Cancellation);
        var answers = await Task.WhenAll(gets);

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal("whole", await put.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("hangs: neither requests nor a question of our own were answered", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Assert.InRange(ambassador.Count("sidecar.ambassador.retries{route=x,reason=hang}") - moved, 1, 9);
        Assert.Equal(9, other.Requests - others);
        Assert.False(posts.IsCompleted);

        Volatile.Write(ref isHung, false);
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
        await leaving.CancelAsync();
    }

    [Fact]
    public async Task A_slow_answer_of_an_endpoint_that_lives_is_waited_for()
    {
        var pings = 0;
        await using var slow = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method == "OPTIONS") Interlocked.Increment(ref pings);
            else await Eventually.TrueAsync(() => Volatile.Read(ref pings) >= 3);
            await context.Response.WriteAsync("report");
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{slow.Url};{other.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("report", await client.GetStringAsync("/report", Cancellation));

        Assert.Equal(0, other.Requests);
        Assert.True(ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
    }

    [Fact]
    public async Task A_request_at_a_hung_endpoint_goes_elsewhere_as_soon_as_there_is_somewhere_to_go()
    {
        var entered = new SemaphoreSlim(0);
        var place = FreePort.Next();
        await using var hung = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method != "OPTIONS") entered.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{hung.Url};http://127.0.0.1:{place}", FirstOnly, ("TIMEOUT", "20s"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        await Eventually.TrueAsync(() => !ambassador.Upstream().Endpoints.All[1].Health.IsHealthy);

        var call = client.GetStringAsync("/", Cancellation);
        await entered.WaitAsync(Cancellation);
        await using var other = await HttpBackend.StartAsync(context => context.Response.WriteAsync("other"), place);

        Assert.Equal("other", await call);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.retries{route=x,reason=hang}"));
    }

    [Fact]
    public async Task Where_there_is_nowhere_to_go_nobody_is_asked_and_nothing_is_moved()
    {
        var answered = new TaskCompletionSource();
        await using var lone = await HttpBackend.StartAsync(async context =>
        {
            await answered.Task;
            await context.Response.WriteAsync("late");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{lone.Url};http://127.0.0.1:{FreePort.Next()}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        await Eventually.TrueAsync(() => !ambassador.Upstream().Endpoints.All[1].Health.IsHealthy);

        var call = client.GetStringAsync("/", Cancellation);
        await Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System, Cancellation);
        answered.SetResult();

        Assert.Equal("late", await call);
        Assert.Equal(1, lone.Requests);
        Assert.True(ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
    }
}
