using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Caching;

public sealed class StaleTests
{
    [Theory]
    [InlineData("max-age=60, stale-if-error=60", "Age: 90", "", "0", true)]
    [InlineData("max-age=60, stale-if-error=60", "Age: 200", "", "0", false)]
    [InlineData("max-age=60", "Age: 90", "", "0", false)]
    [InlineData("max-age=60", "Age: 90", "", "5m", true)]
    [InlineData("max-age=60", "Age: 90", "", "10s", false)]
    [InlineData("public", "Age: 90", "", "5m", true)]
    [InlineData("max-age=60", "Age: 90", "Cache-Control: stale-if-error=60", "0", true)]
    [InlineData("max-age=60", "Age: 90", "Cache-Control: no-cache", "5m", false)]
    [InlineData("max-age=60, must-revalidate", "Age: 90", "", "5m", false)]
    [InlineData("max-age=60, proxy-revalidate", "Age: 90", "", "5m", false)]
    [InlineData("no-cache", "Age: 90", "", "5m", false)]
    [InlineData("s-maxage=60", "Age: 90", "", "5m", false)]
    [InlineData("s-maxage=60, stale-if-error=60", "Age: 90", "", "0", true)]
    [InlineData("max-age=60, must-revalidate, stale-if-error=60", "Age: 90", "", "5m", false)]
    [InlineData("no-store", "Age: 90", "", "5m", false)]
    [InlineData("private", "Age: 90", "", "5m", false)]
    public async Task What_has_had_its_time_stands_in_for_an_error_if_that_is_allowed(string control, string age, string request, string always, bool standsIn)
    {
        var isSick = false;
        await using var route = await CachedRoute.StartAsync(Sick(() => isSick, 503, $"Cache-Control: {control} | {age} | ETag: \"a\""), ("STALE_IF_ERROR", always));

        await route.AskAsync();
        isSick = true;
        var answer = await route.AskAsync(headers: request);

        Assert.Equal(standsIn ? (HttpStatusCode.OK, "0") : (HttpStatusCode.ServiceUnavailable, "sick"), (answer.Status, answer.Body));
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(501, false)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(404, false)]
    [InlineData(429, false)]
    public async Task An_error_that_is_stood_in_for_is_named(int status, bool standsIn)
    {
        var isSick = false;
        await using var route = await CachedRoute.StartAsync(Sick(() => isSick, status, "Cache-Control: max-age=60 | Age: 90"), ("STALE_IF_ERROR", "5m"));

        await route.AskAsync();
        isSick = true;
        var answer = await route.AskAsync();

        Assert.Equal(standsIn, answer.Status == HttpStatusCode.OK);
        if (!standsIn) return;
        Assert.Equal($"deeper; error=dns_error, sidecar-ambassador/x; next-hop=\"127.0.0.1:{route.Backend.Port}\"; received-status={status}; details=\"answered {status}\"", answer.ProxyStatus);
        Assert.Matches($"^sidecar-ambassador/x; fwd=stale; fwd-status={status}; ttl=-[0-9]+; detail=stale-if-error$", answer.CacheStatus);
        Assert.InRange(answer.Age!.Value, 90, 100);
        Assert.Equal(1, route.Ambassador.Observe("sidecar.ambassador.cache.requests{route=x,result=stale}"));
        Assert.Equal(1, route.Ambassador.Count("sidecar.ambassador.faults{route=x,origin=deeper}"));
    }

    [Fact]
    public async Task It_stands_in_for_a_service_that_is_gone_as_often_as_it_is_asked_for_and_no_longer_than_that()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60 | Age: 90", ("STALE_IF_ERROR", "5m"), ("RETRIES", "0"));

        await route.AskAsync();
        await route.Backend.KillAsync();
        var answers = new[] { await route.AskAsync(), await route.AskAsync(method: HttpMethod.Head), await route.AskAsync() };
        var unknown = await route.AskAsync("/unknown");

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(["0", "", "0"], answers.Select(answer => answer.Body));
        Assert.Contains("details=\"no endpoint can be reached", answers[0].ProxyStatus);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.Status);
    }

    [Fact]
    public async Task Another_endpoint_is_asked_before_what_has_had_its_time_is_used()
    {
        var isSick = false;
        await using var two = await HttpBackend.StartAsync("two");
        await using var one = await HttpBackend.StartAsync(Sick(() => isSick, 503, "Cache-Control: max-age=60 | Age: 90"));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}", ("BALANCE", "first"), ("CACHE", "1MiB"), ("STALE_IF_ERROR", "5m"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("0", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
        isSick = true;
        Assert.Equal("two", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_may_be_refreshed_meanwhile_is_given_at_once_and_new_soon_after()
    {
        var mayAnswer = new TaskCompletionSource();
        var given = 0;
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            if (given > 0) await mayAnswer.Task;
            context.Response.Headers.CacheControl = "max-age=60, stale-while-revalidate=60";
            context.Response.Headers.Age = given == 0 ? "90" : "0";
            await context.Response.WriteAsync($"{given++}");
        });

        await route.AskAsync();
        var stale = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => route.AskAsync()));
        mayAnswer.SetResult();
        var fresh = await Eventually.MatchAsync(() => route.AskAsync(), answer => answer.Body == "1");

        Assert.All(stale, answer => Assert.Equal("0", answer.Body));
        Assert.All(stale, answer => Assert.Matches("^sidecar-ambassador/x; hit; ttl=-[0-9]+; detail=stale-while-revalidate$", answer.CacheStatus));
        Assert.Matches("^sidecar-ambassador/x; hit; ttl=(60|5[0-9])$", fresh.CacheStatus);
        Assert.Equal(2, route.Asked);
    }

    [Fact]
    public async Task A_refresh_has_a_request_id_of_its_own()
    {
        var ids = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var answer = CachedRoute.Answer("Cache-Control: max-age=60, stale-while-revalidate=60 | Age: 90");
        await using var route = await CachedRoute.StartAsync(context =>
        {
            ids.Enqueue(context.Request.Headers["X-Request-Id"].ToString());
            return answer(context);
        });

        await route.AskAsync(headers: "X-Request-Id: one");
        await route.AskAsync(headers: "X-Request-Id: two");
        await Eventually.EqualAsync(2, () => ids.Count);

        Assert.Equal("one", ids.First());
        Assert.Matches("^[0-9a-f]{32}$", ids.Last());
    }

    [Fact]
    public async Task A_refresh_that_fails_leaves_what_there_is()
    {
        var isSick = false;
        await using var route = await CachedRoute.StartAsync(
            Sick(() => isSick, 503, "Cache-Control: max-age=60, stale-while-revalidate=60 | Age: 90 | ETag: \"a\""), ("STALE_IF_ERROR", "5m"));

        await route.AskAsync();
        isSick = true;
        var answers = new[] { await route.AskAsync(), await route.AskAsync() };
        await Eventually.TrueAsync(() => route.Asked > 1);

        Assert.All(answers, answer => Assert.Equal("0", answer.Body));
        Assert.Equal("0", (await route.AskAsync()).Body);
    }

    [Theory]
    [InlineData("max-age=60", "max-stale", true)]
    [InlineData("max-age=60", "max-stale=60", true)]
    [InlineData("max-age=60", "max-stale=10", false)]
    [InlineData("max-age=60, must-revalidate", "max-stale", false)]
    [InlineData("s-maxage=60", "max-stale", false)]
    public async Task A_caller_can_take_what_has_had_its_time(string control, string wants, bool takes)
    {
        await using var route = await CachedRoute.StartAsync($"Cache-Control: {control} | Age: 90 | ETag: \"a\"");

        await route.AskAsync();
        var answer = await route.AskAsync(headers: $"Cache-Control: {wants}");

        Assert.Equal(takes, answer.IsHit);
    }

    private static RequestDelegate Sick(Func<bool> isSick, int status, string headers)
    {
        var well = CachedRoute.Answer(headers);
        return context =>
        {
            if (!isSick()) return well(context);
            context.Response.StatusCode = status;
            context.Response.Headers["Proxy-Status"] = "deeper; error=dns_error";
            return context.Response.WriteAsync("sick");
        };
    }
}
