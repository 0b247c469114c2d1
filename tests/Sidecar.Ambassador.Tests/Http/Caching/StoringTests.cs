using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Caching;

public sealed class StoringTests
{
    [Theory]
    [InlineData("Cache-Control: max-age=60", true)]
    [InlineData("Cache-Control: s-maxage=60", true)]
    [InlineData("Cache-Control: s-maxage=60, max-age=0", true)]
    [InlineData("Cache-Control: s-maxage=0, max-age=60", false)]
    [InlineData("Cache-Control: public, max-age=60", true)]
    [InlineData("Cache-Control: public", false)]
    [InlineData("Cache-Control: max-age=60, private", false)]
    [InlineData("Cache-Control: max-age=60, private=\"x\"", false)]
    [InlineData("Cache-Control: max-age=60, no-store", false)]
    [InlineData("Cache-Control: max-age=60, no-store, must-understand", true)]
    [InlineData("Status: 299 | Cache-Control: max-age=60, no-store, must-understand", false)]
    [InlineData("Cache-Control: max-age=60, no-cache", false)]
    [InlineData("Cache-Control: max-age=60, must-revalidate", true)]
    [InlineData("Cache-Control: max-age=60 | Age: 59", true)]
    [InlineData("Cache-Control: max-age=60 | Age: 61", false)]
    [InlineData("Cache-Control: max-age=60 | Date: Sun, 06 Nov 1994 08:49:37 GMT", false)]
    [InlineData("Cache-Control: max-age=sixty", false)]
    [InlineData("Expires: {soon}", true)]
    [InlineData("Expires: 0", false)]
    [InlineData("Expires: Sun, 06 Nov 1994 08:49:37 GMT", false)]
    [InlineData("Expires: 0 | Cache-Control: max-age=60", true)]
    [InlineData("Expires: {soon} | Cache-Control: max-age=0", false)]
    [InlineData("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT", false)]
    [InlineData("", false)]
    [InlineData("Cache-Control: max-age=60 | Set-Cookie: a=b", false)]
    [InlineData("Cache-Control: max-age=60, public | Set-Cookie: a=b", false)]
    [InlineData("Cache-Control: max-age=60 | Vary: *", false)]
    [InlineData("Cache-Control: max-age=60 | Vary: Accept", true)]
    [InlineData("Cache-Control: max-age=60 | Content-Type: text/event-stream", false)]
    [InlineData("Status: 204 | Cache-Control: max-age=60", true)]
    [InlineData("Status: 206 | Cache-Control: max-age=60", false)]
    [InlineData("Status: 301 | Cache-Control: max-age=60 | Location: /a", true)]
    [InlineData("Status: 302 | Cache-Control: max-age=60 | Location: /a", true)]
    [InlineData("Status: 302 | Location: /a", false)]
    [InlineData("Status: 404 | Cache-Control: max-age=60", true)]
    [InlineData("Status: 500 | Cache-Control: max-age=60", false)]
    [InlineData("Status: 503 | Cache-Control: max-age=60", false)]
    public async Task What_the_answer_says_decides_whether_it_is_given_again(string answer, bool isGivenAgain)
    {
        await using var route = await CachedRoute.StartAsync(answer);

        var first = await route.AskAsync();
        var second = await route.AskAsync();

        Assert.Equal((false, isGivenAgain), (first.IsHit, second.IsHit));
        Assert.Equal(isGivenAgain ? 1 : 2, route.Asked);
        Assert.Equal(first.Status, second.Status);
        Assert.Equal(isGivenAgain || second.Length == 0, first.Body == second.Body);
    }

    [Theory]
    [InlineData("Authorization: Bearer a", "max-age=60", false)]
    [InlineData("Authorization: Bearer a", "max-age=60, public", true)]
    [InlineData("Authorization: Bearer a", "max-age=60, must-revalidate", true)]
    [InlineData("Authorization: Bearer a", "s-maxage=60", true)]
    [InlineData("Cache-Control: no-store", "max-age=60", false)]
    [InlineData("Range: bytes=0-", "max-age=60", false)]
    [InlineData("If-Match: \"a\"", "max-age=60", false)]
    [InlineData("If-None-Match: \"other\"", "max-age=60", true)]
    [InlineData("Upgrade: other", "max-age=60", false)]
    [InlineData("Cookie: a=b", "max-age=60", true)]
    public async Task What_the_request_says_decides_whether_its_answer_is_kept_for_others(string request, string control, bool isKept)
    {
        await using var route = await CachedRoute.StartAsync($"Cache-Control: {control}");

        await route.AskAsync(headers: request);
        var second = await route.AskAsync();

        Assert.Equal(isKept, second.IsHit);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("Cache-Control: no-cache", false)]
    [InlineData("Pragma: no-cache", false)]
    [InlineData("Cache-Control: no-store", false)]
    [InlineData("Cache-Control: max-age=10", false)]
    [InlineData("Cache-Control: max-age=30", true)]
    [InlineData("Cache-Control: min-fresh=30", true)]
    [InlineData("Cache-Control: min-fresh=50", false)]
    [InlineData("Cache-Control: only-if-cached", true)]
    [InlineData("Range: bytes=0-", false)]
    [InlineData("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", false)]
    public async Task A_request_can_ask_for_more_than_what_is_kept(string request, bool isHit)
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60 | Age: 20");

        await route.AskAsync();
        var second = await route.AskAsync(headers: request);

        Assert.Equal(isHit, second.IsHit);
    }

    [Fact]
    public async Task Only_what_is_kept_is_wanted_and_nothing_is()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60");

        var answer = await route.AskAsync(headers: "Cache-Control: only-if-cached");

        Assert.Equal((HttpStatusCode.GatewayTimeout, 0), (answer.Status, route.Asked));
        Assert.Contains("nothing is stored that may be used", answer.Body);
        Assert.Contains("error=http_request_denied", answer.ProxyStatus);
    }

    [Fact]
    public async Task An_answer_is_given_only_to_requests_that_are_the_same_in_what_it_varies_on()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60 | Vary: Accept-Language, X-Tenant");

        var german = await route.AskAsync(headers: "Accept-Language: de");
        var french = await route.AskAsync(headers: "Accept-Language: fr");
        var again = await route.AskAsync(headers: "Accept-Language: de | User-Agent: other");
        var tenant = await route.AskAsync(headers: "Accept-Language: de | X-Tenant: a");

        Assert.Equal(("0", "1", "0", "2"), (german.Body, french.Body, again.Body, tenant.Body));
        Assert.Matches("^sidecar-ambassador/x; fwd=vary-miss; stored; ttl=(60|5[0-9])$", french.CacheStatus);
    }

    [Fact]
    public async Task Paths_and_queries_are_different_things()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60");

        var bodies = new[] { await route.AskAsync("/a"), await route.AskAsync("/a?b"), await route.AskAsync("/A"), await route.AskAsync("/a") };

        Assert.Equal(["0", "1", "2", "0"], bodies.Select(answer => answer.Body));
    }

    [Fact]
    public async Task Hosts_are_different_things_where_the_service_hears_them()
    {
        await using var told = await CachedRoute.StartAsync("Cache-Control: max-age=60", ("PRESERVE_HOST", "true"));
        await using var untold = await CachedRoute.StartAsync("Cache-Control: max-age=60");

        Assert.Equal(["0", "1", "0"], [(await told.AskAsync(headers: "Host: a")).Body, (await told.AskAsync(headers: "Host: b")).Body, (await told.AskAsync(headers: "Host: A")).Body]);
        Assert.Equal(["0", "0"], [(await untold.AskAsync(headers: "Host: a")).Body, (await untold.AskAsync(headers: "Host: b")).Body]);
    }

    [Fact]
    public async Task The_answer_says_how_old_it_is_and_what_the_cache_did()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60 | Age: 20 | Cache-Status: origin-cache; hit");

        var first = await route.AskAsync();
        var second = await route.AskAsync();
        var passed = await route.AskAsync(headers: "Range: bytes=0-");
        var posted = await route.AskAsync(method: HttpMethod.Options);

        Assert.Matches("^origin-cache; hit, sidecar-ambassador/x; fwd=uri-miss; stored; ttl=(40|3[0-9])$", first.CacheStatus);
        Assert.InRange(second.Age!.Value, 20, 30);
        Assert.Matches("^origin-cache; hit, sidecar-ambassador/x; hit; ttl=(40|3[0-9])$", second.CacheStatus);
        Assert.EndsWith("sidecar-ambassador/x; fwd=bypass", passed.CacheStatus);
        Assert.EndsWith("sidecar-ambassador/x; fwd=method", posted.CacheStatus);
    }

    [Fact]
    public async Task An_answer_from_memory_carries_the_id_of_the_request_that_it_answers()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60 | X-Request-Id: of-another");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("x-request-id", "own");

        await route.AskAsync();
        using var answer = await route.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("own", Assert.Single(answer.Headers.GetValues("x-request-id")));
    }

    [Fact]
    public async Task HEAD_is_answered_with_what_GET_has_left()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60");

        var before = await route.AskAsync(method: HttpMethod.Head);
        await route.AskAsync();
        var after = await route.AskAsync(method: HttpMethod.Head);

        Assert.Equal((false, true, 2), (before.IsHit, after.IsHit, route.Asked));
        Assert.Equal(("", 1), (after.Body, after.Length));
    }

    [Fact]
    public async Task A_body_is_given_again_byte_for_byte_whether_its_length_was_told_or_not()
    {
        var bytes = new byte[100_000];
        Random.Shared.NextBytes(bytes);
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            if (context.Request.Path == "/told") context.Response.ContentLength = bytes.Length;
            for (var at = 0; at < bytes.Length; at += 12_345) await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(12_345, bytes.Length - at)));
        });

        foreach (var path in (string[])["/told", "/untold"])
        {
            var first = await route.Client.GetByteArrayAsync(path, TestContext.Current.CancellationToken);
            var second = await route.Client.GetByteArrayAsync(path, TestContext.Current.CancellationToken);

            Assert.Equal(bytes, first);
            Assert.Equal(bytes, second);
        }

        Assert.Equal(2, route.Asked);
    }

    [Fact]
    public async Task What_does_not_fit_is_passed_by_while_it_streams()
    {
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            if (context.Request.Path == "/told") context.Response.ContentLength = 300_000;
            for (var i = 0; i < 30; i++) await context.Response.Body.WriteAsync(new byte[10_000]);
        });

        foreach (var path in (string[])["/told", "/untold"])
        {
            for (var i = 0; i < 2; i++) Assert.Equal(300_000, (await route.Client.GetByteArrayAsync(path, TestContext.Current.CancellationToken)).Length);
        }

        Assert.Equal(4, route.Asked);
        Assert.Equal(0, route.Ambassador.Observe("sidecar.ambassador.cache.size{route=x}"));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_not_kept()
    {
        using var mayBreak = new SemaphoreSlim(0);
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await mayBreak.WaitAsync(context.RequestAborted);
            context.Abort();
        });

        for (var i = 0; i < 2; i++)
        {
            using var answer = await route.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            mayBreak.Release();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(2, route.Asked);
        // Its memory is given back when the request is over, a moment after the caller knows.
        await Eventually.TrueAsync(() => route.Ambassador.Observe("sidecar.ambassador.cache.size{route=x}") == 0);
    }

    [Fact]
    public async Task Memory_stays_within_what_was_given_and_the_longest_unused_goes()
    {
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            await context.Response.Body.WriteAsync(new byte[50_000]);
        });

        for (var i = 0; i < 40; i++)
        {
            await route.AskAsync("/used");
            await route.AskAsync($"/{i}");
        }

        Assert.InRange(route.Ambassador.Observe("sidecar.ambassador.cache.size{route=x}"), 500_000, 1 << 20);
        Assert.InRange(route.Ambassador.Observe("sidecar.ambassador.cache.entries{route=x}"), 10, 21);
        Assert.Equal(41, route.Asked);
        Assert.True((await route.AskAsync("/39")).IsHit);
        Assert.False((await route.AskAsync("/0")).IsHit);
    }

    [Fact]
    public async Task What_came_of_each_request_is_counted_and_stands_on_the_status_page()
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60");

        await route.AskAsync();
        await route.AskAsync();
        await route.AskAsync();
        await route.AskAsync(headers: "Range: bytes=0-");

        long Count(string result) => route.Ambassador.Observe($"sidecar.ambassador.cache.requests{{route=x,result={result}}}");
        Assert.Equal((2, 1, 1), (Count("hit"), Count("miss"), Count("passed")));
        Assert.Equal((2, 1), ((long)route.Ambassador.Told("cache")["hits"]!, (int)route.Ambassador.Told("cache")["entries"]!));
    }
}
