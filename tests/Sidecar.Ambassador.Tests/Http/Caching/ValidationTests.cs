using System.Net;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Tests.Http.Caching;

public sealed class ValidationTests
{
    private const string Modified = "Sun, 06 Nov 1994 08:49:37 GMT";

    [Theory]
    [InlineData("ETag: \"a\"")]
    [InlineData("ETag: W/\"a\"")]
    [InlineData($"Last-Modified: {Modified}")]
    [InlineData($"Last-Modified: {Modified} | ETag: \"a\"")]
    public async Task What_has_had_its_time_is_asked_about_and_given_again_when_it_still_holds(string validators)
    {
        var asked = 0;
        var bodies = 0;
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            asked++;
            context.Response.Headers.CacheControl = asked < 3 ? "max-age=0" : "max-age=60";
            foreach (var validator in validators.Split(" | ")) context.Response.Headers.Append(validator.Split(": ")[0], validator.Split(": ")[1]);
            if (context.Request.Headers.IfNoneMatch == context.Response.Headers.ETag && context.Request.Headers.IfModifiedSince == context.Response.Headers.LastModified)
            {
                context.Response.Headers["X-New"] = $"{asked}";
                context.Response.StatusCode = 304;
            }
            else
            {
                await context.Response.WriteAsync($"body {bodies++}");
            }
        });

        var first = await route.AskAsync();
        var second = await route.AskAsync();
        var third = await route.AskAsync();
        var fourth = await route.AskAsync();

        Assert.Equal(["body 0", "body 0", "body 0", "body 0"], [first.Body, second.Body, third.Body, fourth.Body]);
        Assert.Equal(3, route.Asked);
        Assert.StartsWith("sidecar-ambassador/x; fwd=stale; fwd-status=304; ttl=", second.CacheStatus);
        Assert.True(fourth.IsHit);
        Assert.Equal(2, route.Ambassador.Observe("sidecar.ambassador.cache.requests{route=x,result=revalidated}"));
        Assert.Equal(0, route.Ambassador.Count("sidecar.ambassador.faults{route=x,origin=endpoint}"));
    }

    [Fact]
    public async Task What_no_longer_holds_is_replaced()
    {
        var version = 0;
        await using var route = await CachedRoute.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers.ETag = $"\"{version}\"";
            if (context.Request.Headers.IfNoneMatch == context.Response.Headers.ETag) context.Response.StatusCode = 304;
            else return context.Response.WriteAsync($"{version}");
            return Task.CompletedTask;
        });

        var bodies = new List<string> { (await route.AskAsync()).Body, (await route.AskAsync()).Body };
        version++;
        bodies.AddRange([(await route.AskAsync()).Body, (await route.AskAsync()).Body]);

        Assert.Equal(["0", "0", "1", "1"], bodies);
        Assert.Equal(1, route.Ambassador.Observe("sidecar.ambassador.cache.entries{route=x}"));
    }

    [Theory]
    [InlineData("If-None-Match: \"a\"", 304)]
    [InlineData("If-None-Match: W/\"a\"", 304)]
    [InlineData("If-None-Match: \"b\", \"a\"", 304)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: \"b\"", 200)]
    [InlineData($"If-None-Match: \"b\" | If-Modified-Since: {Modified}", 200)]
    [InlineData($"If-Modified-Since: {Modified}", 304)]
    [InlineData("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 200)]
    [InlineData("If-Modified-Since: yesterday", 200)]
    public async Task A_caller_that_has_it_already_is_told_so(string condition, int status)
    {
        await using var route = await CachedRoute.StartAsync($"Cache-Control: max-age=60 | ETag: \"a\" | Last-Modified: {Modified}");

        await route.AskAsync();
        var answer = await route.AskAsync(headers: condition);

        Assert.Equal(((HttpStatusCode)status, true, "\"a\"", 1), (answer.Status, answer.IsHit, answer.ETag, route.Asked));
        Assert.Equal(status == 304 ? "" : "0", answer.Body);
    }

    [Fact]
    public async Task A_caller_that_has_it_already_is_told_so_when_the_service_says_that_it_still_holds()
    {
        await using var route = await CachedRoute.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers.ETag = "\"a\"";
            if (context.Request.Headers.IfNoneMatch == "\"a\"") context.Response.StatusCode = 304;
            else return context.Response.WriteAsync("body");
            return Task.CompletedTask;
        });

        await route.AskAsync();
        var has = await route.AskAsync(headers: "If-None-Match: \"a\"");
        var hasOther = await route.AskAsync(headers: "If-None-Match: \"b\"");

        Assert.Equal((HttpStatusCode.NotModified, ""), (has.Status, has.Body));
        Assert.Equal((HttpStatusCode.OK, "body"), (hasOther.Status, hasOther.Body));
    }

    [Fact]
    public async Task A_question_about_what_only_the_caller_has_is_the_service_s_to_answer()
    {
        await using var route = await CachedRoute.StartAsync("Status: 304 | Cache-Control: max-age=60 | ETag: \"a\"");

        var answers = new[] { await route.AskAsync(headers: "If-None-Match: \"a\""), await route.AskAsync(headers: "If-None-Match: \"a\"") };

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NotModified, answer.Status));
        Assert.Equal(2, route.Asked);
    }

    [Fact]
    public async Task A_service_that_says_that_something_else_holds_is_asked_for_all_of_it()
    {
        await using var route = await CachedRoute.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            var isQuestion = context.Request.Headers.IfNoneMatch.Count > 0;
            context.Response.Headers.ETag = isQuestion ? "\"b\"" : "\"a\"";
            if (isQuestion) context.Response.StatusCode = 304;
            return isQuestion ? Task.CompletedTask : context.Response.WriteAsync("body");
        });

        await route.AskAsync();
        var second = await route.AskAsync();

        Assert.Equal((HttpStatusCode.OK, "body", 3), (second.Status, second.Body, route.Asked));
    }

    [Theory]
    [InlineData("POST", 200, "", "/a", false)]
    [InlineData("PUT", 204, "", "/a", false)]
    [InlineData("DELETE", 303, "", "/a", false)]
    [InlineData("PATCH", 200, "", "/a", false)]
    [InlineData("BREW", 200, "", "/a", false)]
    [InlineData("OPTIONS", 200, "", "/a", true)]
    [InlineData("POST", 400, "", "/a", true)]
    [InlineData("POST", 500, "", "/a", true)]
    [InlineData("POST", 200, "", "/b", true)]
    [InlineData("POST", 201, "Location: /b", "/b", false)]
    [InlineData("POST", 201, "Location: b", "/b", false)]
    [InlineData("POST", 200, "Content-Location: /b", "/b", false)]
    [InlineData("POST", 201, "Location: {own}/b", "/b", false)]
    [InlineData("POST", 201, "Location: {caller}/b", "/b", false)]
    [InlineData("POST", 201, "Location: http://elsewhere/b", "/b", true)]
    [InlineData("POST", 201, "Location: //elsewhere/b", "/b", true)]
    public async Task Who_changes_something_makes_forgotten_what_was_known_of_it(string method, int status, string header, string kept, bool isStillKnown)
    {
        HttpBackend? own = null;
        var port = 0;
        await using var route = await CachedRoute.StartAsync(context =>
        {
            if (context.Request.Method == "GET")
            {
                context.Response.Headers.CacheControl = "max-age=60";
                return Task.CompletedTask;
            }

            context.Response.StatusCode = status;
            if (header.Length > 0) context.Response.Headers.Append(header.Split(": ")[0], header.Split(": ")[1].Replace("{own}", own!.Url).Replace("{caller}", $"http://127.0.0.1:{port}"));
            return Task.CompletedTask;
        });
        (own, port) = (route.Backend, route.Port);

        await route.AskAsync(kept);
        await route.AskAsync("/a", method: new HttpMethod(method));
        var after = await route.AskAsync(kept);

        Assert.Equal(isStillKnown, after.IsHit);
    }

    [Theory]
    [InlineData("ETag: \"a\" | Cache-Control: max-age=60", true)]
    [InlineData("ETag: \"a\" | Content-Length: 6 | Cache-Control: max-age=60", true)]
    [InlineData("ETag: \"b\" | Cache-Control: max-age=60", false)]
    [InlineData("ETag: \"a\" | Content-Length: 7 | Cache-Control: max-age=60", false)]
    [InlineData($"ETag: \"a\" | Last-Modified: {Modified} | Cache-Control: max-age=60", false)]
    [InlineData("ETag: \"a\" | Cache-Control: private", false)]
    [InlineData("Cache-Control: max-age=60", false)]
    public async Task What_the_service_answers_to_a_HEAD_says_whether_what_is_kept_still_holds(string headers, bool holds)
    {
        var bodies = 0;
        await using var route = await CachedRoute.StartAsync(context =>
        {
            var isHead = HttpMethods.IsHead(context.Request.Method);
            foreach (var header in (isHead ? headers : "ETag: \"a\" | Cache-Control: max-age=0").Split(" | ")) context.Response.Headers.Append(header.Split(": ")[0], header.Split(": ")[1]);
            return isHead ? Task.CompletedTask : context.Response.WriteAsync($"body {bodies++}");
        });

        await route.AskAsync();
        var head = await route.AskAsync(method: HttpMethod.Head);
        var after = await route.AskAsync();

        Assert.StartsWith("sidecar-ambassador/x; fwd=stale", head.CacheStatus);
        Assert.Equal(holds ? (true, "body 0") : (false, "body 1"), (after.IsHit, after.Body));
    }

    [Fact]
    public async Task A_cookie_that_comes_with_the_news_that_all_is_as_it_was_is_for_that_caller_alone()
    {
        await using var route = await CachedRoute.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "max-age=0, stale-if-error=60";
            context.Response.Headers.ETag = "\"a\"";
            if (context.Request.Headers.IfNoneMatch.Count == 0) return context.Response.WriteAsync("body");
            context.Response.Headers.SetCookie = "session=s3cret";
            context.Response.Headers.CacheControl = "max-age=60";
            context.Response.StatusCode = 304;
            return Task.CompletedTask;
        });

        await route.AskAsync();
        using var its = await route.Client.GetAsync("/", TestContext.Current.CancellationToken);
        using var others = await route.Client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.True(its.Headers.Contains("Set-Cookie"));
        Assert.Equal("body", await others.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.False(others.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("X-Original-URL: /other")]
    public async Task A_request_that_a_header_makes_another_one_is_passed_by_and_what_it_may_have_changed_is_forgotten(string header)
    {
        await using var route = await CachedRoute.StartAsync("Cache-Control: max-age=60");

        await route.AskAsync();
        var other = await route.AskAsync(headers: header);
        var after = await route.AskAsync();

        Assert.Equal(["1", "2"], [other.Body, after.Body]);
        Assert.StartsWith("sidecar-ambassador/x; fwd=bypass", other.CacheStatus);
    }

    [Fact]
    public async Task What_was_asked_for_before_a_change_is_not_kept_after_it()
    {
        var isAsked = new TaskCompletionSource();
        var mayAnswer = new TaskCompletionSource();
        await using var route = await CachedRoute.StartAsync(async context =>
        {
            if (context.Request.Method == "PUT") return;
            context.Response.Headers.CacheControl = "max-age=60";
            isAsked.TrySetResult();
            await mayAnswer.Task;
        });

        var slow = route.AskAsync();
        await isAsked.Task;
        await route.AskAsync(method: HttpMethod.Put);
        mayAnswer.SetResult();
        await slow;

        Assert.False((await route.AskAsync()).IsHit);
        Assert.True((await route.AskAsync()).IsHit);
    }
}
