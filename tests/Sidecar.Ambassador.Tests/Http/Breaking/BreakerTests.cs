using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Ambassador.Http.Breaking;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Breaking;

public sealed class BreakerTests
{
    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void It_opens_at_the_rate_but_not_for_a_few_requests()
    {
        var breaker = New(percent: 50, requests: 10);

        for (var i = 0; i < 9; i++) breaker.Ended(isTrial: false, isGood: false);
        Assert.False(breaker.IsOpen);
        for (var i = 0; i < 11; i++) breaker.Ended(isTrial: false, isGood: true);
        Assert.False(breaker.IsOpen);
        breaker.Ended(isTrial: false, isGood: null);
        for (var i = 0; i < 2; i++) breaker.Ended(isTrial: false, isGood: false);

        Assert.True(breaker.IsOpen);
        Assert.Equal("the circuit breaker is open: 11 of 22 requests failed", breaker.Enter(out _)?.Words);
    }

    [Fact]
    public void What_was_long_ago_does_not_count()
    {
        var breaker = New(percent: 50, requests: 10);

        for (var i = 0; i < 9; i++) breaker.Ended(isTrial: false, isGood: false);
        _time.Advance(TimeSpan.FromSeconds(11));
        breaker.Ended(isTrial: false, isGood: false);

        Assert.False(breaker.IsOpen);
    }

    [Fact]
    public void After_the_rest_one_request_tries_and_how_it_ends_decides()
    {
        var breaker = New(percent: 50, requests: 1);
        breaker.Ended(isTrial: false, isGood: false);

        Assert.Equal(TimeSpan.FromSeconds(5), breaker.Enter(out var isTrial)?.RetryAfter);
        Assert.False(isTrial);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(breaker.Enter(out isTrial));
        Assert.True(isTrial);
        Assert.NotNull(breaker.Enter(out var isOther));
        Assert.False(isOther);

        breaker.Ended(isTrial: true, isGood: false);
        Assert.Equal("the circuit breaker is open: the request that tried failed as well", breaker.Enter(out _)?.Words);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(breaker.Enter(out _));
        breaker.Ended(isTrial: true, isGood: null);
        Assert.Null(breaker.Enter(out isTrial));
        Assert.True(isTrial);
        breaker.Ended(isTrial: true, isGood: true);

        Assert.False(breaker.IsOpen);
        Assert.Null(breaker.Enter(out isTrial));
        Assert.False(isTrial);
        Assert.Equal(3, breaker.Refused);
    }

    [Fact]
    public void A_trial_that_takes_long_keeps_nobody_out_for_longer_than_a_rest()
    {
        var breaker = New(percent: 50, requests: 1);
        breaker.Ended(isTrial: false, isGood: false);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(breaker.Enter(out _));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(breaker.Enter(out var isTrial));
        Assert.True(isTrial);
    }

    [Fact]
    public async Task A_service_that_fails_is_left_alone_and_asked_again_after_its_rest()
    {
        var isSick = true;
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref isSick) ? 503 : 200;
            return Task.CompletedTask;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            backend.Url, ("BREAKER", "50"), ("BREAKER_REQUESTS", "5"), ("BREAKER_TIME", "500ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 5; i++) (await client.GetAsync("/", Cancellation)).Dispose();
        using var refused = await client.GetAsync("/", Cancellation);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 5), (refused.StatusCode, backend.Requests));
        Assert.Equal("sidecar-ambassador/x; error=destination_unavailable; details=\"the circuit breaker is open: 5 of 5 requests failed\"", Assert.Single(refused.Headers.GetValues("Proxy-Status")));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal((1, 1), (ambassador.Observe("sidecar.ambassador.breaker.open{route=x}"), ambassador.Observe("sidecar.ambassador.breaker.refused{route=x}")));
        Assert.Equal("open", (string?)ambassador.Told("breaker")["state"]);
        Assert.Equal("nothing is sent: 5 of 5 requests failed", TroubleOf(ambassador).Reason);
        Volatile.Write(ref isSick, false);
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await client.GetAsync("/", Cancellation);
            return answer.IsSuccessStatusCode;
        });
        Assert.Equal(6, backend.Requests);
        Assert.False(TroubleOf(ambassador).IsOn);
        Assert.Equal(("closed", 0), ((string?)ambassador.Told("breaker")["state"], ambassador.Observe("sidecar.ambassador.breaker.open{route=x}")));
    }

    [Fact]
    public async Task While_it_rests_what_is_kept_is_given()
    {
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "max-age=0";
            context.Response.StatusCode = context.Request.Path == "/sick" ? 503 : 200;
            return context.Response.WriteAsync("kept");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            backend.Url, ("BREAKER", "50"), ("BREAKER_REQUESTS", "3"), ("BREAKER_TIME", "1m"), ("CACHE", "1MiB"), ("STALE_IF_ERROR", "5m"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await client.GetStringAsync("/", Cancellation);
        for (var i = 0; i < 2; i++) (await client.GetAsync("/sick", Cancellation)).Dispose();
        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal((HttpStatusCode.OK, "kept", 3), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation), backend.Requests));
        Assert.Contains("the circuit breaker is open", Assert.Single(answer.Headers.GetValues("Proxy-Status")));
    }

    private static Trouble TroubleOf(RunningAmbassador ambassador) => Assert.Single(ambassador.State.Troubles, trouble => trouble.Name == "breaker of route x");

    private CircuitBreaker New(int percent, int requests) => new(
        "x", new BreakerOptions(percent, TimeSpan.FromSeconds(10), requests, TimeSpan.FromSeconds(5)), new Trouble("breaker of route x", _time), _time, NullLogger.Instance);
}
