using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Retries;

public sealed class EjectionTests
{
    private static readonly (string, string) FirstOnly = ("BALANCE", "first");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_endpoint_that_answers_badly_is_left_so_that_posts_get_through_too_and_comes_back_when_it_is_well()
    {
        var isSick = true;
        await using var one = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref isSick) ? 503 : 200;
            return context.Response.WriteAsync("one");
        });
        await using var two = await HttpBackend.StartAsync("two");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}", FirstOnly, ("EJECT_TIME", "100ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 5; i++) Assert.Equal("two", await client.GetStringAsync("/", Cancellation));
        using var post = await client.PostAsync("/", new StringContent("order"), Cancellation);

        Assert.Equal("two", await post.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("answered 503, 5 times in a row", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Volatile.Write(ref isSick, false);
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
        Assert.Equal("one", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task An_endpoint_that_answers_badly_far_more_often_than_the_others_is_left()
    {
        var asked = 0;
        await using var one = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref asked) % 3 == 0 ? 200 : 503;
            return Task.CompletedTask;
        });
        await using var two = await HttpBackend.StartAsync("two");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}", ("BALANCE", "round-robin"), ("EJECT_TIME", "1m"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 60; i++) (await client.PostAsync("/", new StringContent("order"), Cancellation)).Dispose();

        Assert.Equal(20, one.Requests);
        Assert.Equal("answered 503, as 14 of 20 answers of the last ten seconds", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Assert.Equal(1, ambassador.Observe("sidecar.ambassador.ejections{route=x}"));
    }

    [Theory]
    [InlineData(true, "50")]
    [InlineData(false, "0")]
    public async Task Where_all_fail_alike_or_nobody_wants_it_no_endpoint_is_left_for_its_rate(bool alsoTheOther, string rate)
    {
        var asked = 0;
        Task Answer(HttpContext context, bool isSick)
        {
            context.Response.StatusCode = isSick && Interlocked.Increment(ref asked) % 4 > 1 ? 503 : 200;
            return Task.CompletedTask;
        }

        await using var one = await HttpBackend.StartAsync(context => Answer(context, isSick: true));
        await using var two = await HttpBackend.StartAsync(context => Answer(context, alsoTheOther));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}", ("BALANCE", "round-robin"), ("EJECT_RATE", rate), ("EJECT_TIME", "1m"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 100; i++) (await client.PostAsync("/", new StringContent("order"), Cancellation)).Dispose();

        Assert.All(ambassador.Upstream().Endpoints.All, endpoint => Assert.True(endpoint.Health.IsHealthy));
    }

    [Fact]
    public async Task An_endpoint_that_asks_for_a_pause_gets_it()
    {
        await using var one = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "20";
            return Task.CompletedTask;
        });
        await using var two = await HttpBackend.StartAsync("two");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 3; i++) Assert.Equal("two", await client.GetStringAsync("/", Cancellation));

        Assert.Equal("answered 503 and asked for 20 s", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
        Assert.Equal(1, one.Requests);
    }

    [Fact]
    public async Task An_error_of_the_app_itself_does_not_speak_against_the_endpoint()
    {
        await using var one = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var two = await HttpBackend.StartAsync("two");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.GetAsync("/", Cancellation);
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        }

        Assert.True(ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
        Assert.Equal(0, two.Requests);
    }
}
