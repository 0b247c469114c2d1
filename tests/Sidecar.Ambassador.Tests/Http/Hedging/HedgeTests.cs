using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Hedging;

public sealed class HedgeTests
{
    private static readonly (string, string) FirstOnly = ("BALANCE", "first");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_endpoint_answers_while_the_first_is_slow_and_the_first_is_left(bool isCached)
    {
        var left = new TaskCompletionSource();
        await using var slow = await HttpBackend.StartAsync(context => SlowAsync(context, left));
        await using var other = await HttpBackend.StartAsync(async context =>
        {
            context.Response.StatusCode = 203;
            context.Response.Headers["X-Answer"] = "of the other";
            context.Response.Headers.CacheControl = "max-age=60";
            await context.Response.WriteAsync("first part, ");
            await context.Response.Body.FlushAsync(Cancellation);
            await context.Response.WriteAsync("last part");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{slow.Url};{other.Url}", FirstOnly, ("HEDGE", "30ms"), ("CACHE", isCached ? "1MiB" : "0"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.GetAsync("/", Cancellation);
        using var again = isCached ? await client.GetAsync("/", Cancellation) : answer;

        Assert.Equal((203, "of the other"), ((int)answer.StatusCode, Assert.Single(answer.Headers.GetValues("X-Answer"))));
        Assert.Equal("first part, last part", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("first part, last part", await again.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(1, other.Requests);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.hedges{route=x,result=won}"));
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.http.requests{route=x,code=2xx}") - (isCached ? 1 : 0));
        await left.Task.WaitAsync(Cancellation);
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All.All(endpoint => endpoint is { InFlight: 0, Failures: 0 }));
    }

    [Fact]
    public async Task When_the_first_answers_first_after_all_the_second_is_left()
    {
        var (asked, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var first = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method == "GET") await asked.Task;
            await context.Response.WriteAsync("first");
        });
        await using var second = await HttpBackend.StartAsync(context =>
        {
            if (context.Request.Method == "GET") asked.TrySetResult();
            return SlowAsync(context, left);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{first.Url};{second.Url}", FirstOnly, ("HEDGE", "30ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("first", await client.GetStringAsync("/", Cancellation));

        await left.Task.WaitAsync(Cancellation);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.hedges{route=x,result=lost}"));
    }

    [Theory]
    [InlineData("503")]
    [InlineData("reset")]
    [InlineData("refused")]
    public async Task A_second_that_can_not_serve_takes_nothing_from_the_first(string how)
    {
        var asked = new TaskCompletionSource();
        await using var first = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method == "GET") await asked.Task;
            await context.Response.WriteAsync("first");
        });
        await using var second = new RawBackend(async (socket, _) =>
        {
            var request = new byte[4096];
            if (how == "refused" || await socket.ReceiveAsync(request) == 0 || !request.AsSpan().StartsWith("GET"u8)) return;
            if (how == "503") await RawBackend.SendAsync(socket, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
            else RawBackend.Reset(socket);
            asked.TrySetResult();
        });
        if (how == "refused") asked.TrySetResult();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{first.Url};http://127.0.0.1:{second.Port}", FirstOnly, ("HEDGE", "30ms"), ("RETRIES", "1"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("first", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(1, first.Requests);
    }

    [Fact]
    public async Task Only_what_may_be_repeated_is_asked_twice_and_its_body_goes_to_both()
    {
        var release = new TaskCompletionSource();
        await using var slow = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method != "OPTIONS") await release.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("slow");
        });
        await using var other = RawBackend.ForRequests(async (request, socket) =>
        {
            await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
            return true;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{slow.Url};http://127.0.0.1:{other.Port}", FirstOnly, ("HEDGE", "30ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var post = client.PostAsync("/post", new StringContent("once"), Cancellation);
        using var keyed = new HttpRequestMessage(HttpMethod.Post, "/keyed") { Content = new StringContent("an order"), Headers = { { "Idempotency-Key", "7" } } };
        using var answer = await client.SendAsync(keyed, Cancellation);
        release.SetResult();

        Assert.Equal("other", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("slow", await (await post).Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("POST /keyed|an order", Assert.Single(other.Executed));
    }

    [Fact]
    public async Task Second_tries_are_taken_from_the_budget_of_retries()
    {
        var twice = 0;
        await using var slow = await HttpBackend.StartAsync(context => Task.Delay(TimeSpan.FromMilliseconds(context.Request.Method == "GET" ? 60 : 0), TimeProvider.System, context.RequestAborted));
        await using var other = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method != "GET") return;
            Interlocked.Increment(ref twice);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{slow.Url};{other.Url}", FirstOnly, ("HEDGE", "5ms"), ("RETRY_BUDGET", "1"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 15; i++) (await client.GetAsync("/", Cancellation)).Dispose();

        Assert.InRange(Volatile.Read(ref twice), 1, 10);
        Assert.InRange(ambassador.Count("sidecar.ambassador.hedges{route=x,result=lost}"), 1, 10);
    }

    [Fact]
    public async Task With_a_percentile_what_is_slower_than_usual_is_asked_twice_once_it_is_known_what_is_usual()
    {
        var left = new TaskCompletionSource();
        await using var first = await HttpBackend.StartAsync(context => context.Request.Path == "/slow" ? SlowAsync(context, left) : context.Response.WriteAsync("first"));
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{first.Url};{other.Url}", FirstOnly, ("HEDGE", "p99"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 19; i++) Assert.Equal("first", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(0, other.Requests);
        for (var i = 0; i < 21; i++) await client.GetStringAsync("/", Cancellation);

        Assert.Equal("other", await client.GetStringAsync("/slow", Cancellation));
        await left.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task The_access_log_tells_both_tries_and_why_the_second_was_made()
    {
        using var volume = new TempVolume();
        await using var slow = await HttpBackend.StartAsync(context => SlowAsync(context, new TaskCompletionSource()));
        await using var other = await HttpBackend.StartAsync("other");
        var log = volume.PathOf("access.log");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{slow.Url};{other.Url}", FirstOnly, ("HEDGE", "30ms"), ("ACCESS_LOG", $"file:{log}"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await client.GetStringAsync("/", Cancellation);
        await Eventually.TrueAsync(() => File.Exists(log) && File.ReadAllText(log).EndsWith('\n'));
        var line = JsonDocument.Parse(File.ReadAllText(log)).RootElement;

        Assert.Equal(2, line.GetProperty("tries").GetInt32());
        Assert.Equal(($"127.0.0.1:{other.Port}", "the first, beside a slow try"), (line.GetProperty("endpoint").GetString(), line.GetProperty("why").GetString()));
        Assert.False(line.TryGetProperty("fault", out var _));
        Assert.Equal(5, line.GetProperty("bytes_out").GetInt32());
    }

    [Fact]
    public async Task An_endpoint_that_hangs_is_found_though_nobody_waits_for_it_any_more()
    {
        await using var hung = await HttpBackend.StartAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{hung.Url};{other.Url}", FirstOnly, ("HEDGE", "5ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("other", await client.GetStringAsync("/", Cancellation));

        await Eventually.EqualAsync("hangs: neither requests nor a question of our own were answered", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason);
    }

    // Lives, as it shows when it is asked for that, and answers nothing else.
    private static async Task SlowAsync(HttpContext context, TaskCompletionSource left)
    {
        if (context.Request.Method == "OPTIONS") return;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }
        finally
        {
            left.TrySetResult();
        }
    }
}
