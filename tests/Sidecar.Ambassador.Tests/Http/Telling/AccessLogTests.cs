using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Telling;

public sealed class AccessLogTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string LogPath => _volume.PathOf("access.log");

    [Fact]
    public async Task A_line_tells_the_trace_the_endpoint_the_tries_the_bytes_and_the_times()
    {
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await context.Response.WriteAsync("hello");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()};{backend.Url}", ("BALANCE", "first"), ("ACCESS_LOG", $"file:{LogPath}"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        client.DefaultRequestHeaders.Add("X-Request-Id", "order-1");

        await client.PostAsync("/orders/7?card=4711&x&q=%20", new StringContent("a body"), Cancellation);
        var line = Assert.Single(await LinesAsync(1));

        Assert.Equal(
            ("x", "0af7651916cd43dd8448eb211c80319c", "order-1", "POST", "/orders/7", "card=***&***&q=***", 200),
            (Text("route"), Text("trace_id"), Text("request_id"), Text("method"), Text("path"), Text("query"), line.GetProperty("status").GetInt32()));
        Assert.Equal(
            ($"127.0.0.1:{backend.Port}", "the first, after no connection", 2, 6, 5),
            (Text("endpoint"), Text("why"), Number("tries"), Number("bytes_in"), Number("bytes_out")));
        Assert.InRange(line.GetProperty("answer_ms").GetDouble(), 0.001, line.GetProperty("duration_ms").GetDouble());
        Assert.InRange(TimeProvider.System.GetUtcNow() - line.GetProperty("time").GetDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.False(line.TryGetProperty("fault", out var _));

        string? Text(string name) => line.GetProperty(name).GetString();
        int Number(string name) => line.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task A_request_without_a_trace_or_an_id_is_told_with_those_that_went_on()
    {
        await using var backend = await HttpBackend.StartAsync(context => context.Response.WriteAsync($"{context.Request.Headers["traceparent"]} {context.Request.Headers["x-request-id"]}"));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("ACCESS_LOG", $"file:{LogPath}"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var seen = (await client.GetStringAsync("/", Cancellation)).Split(' ');
        var line = Assert.Single(await LinesAsync(1));

        Assert.Equal(seen[0][3..35], line.GetProperty("trace_id").GetString());
        Assert.Equal(seen[1], line.GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task What_went_wrong_stands_in_the_line()
    {
        await using var sick = RawBackend.ForRequests(async (request, socket) =>
        {
            if (request.StartsWith("GET /sick", StringComparison.Ordinal)) await RawBackend.SendAsync(socket, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
            return request.StartsWith("GET /sick", StringComparison.Ordinal) || request.StartsWith("GET /wait", StringComparison.Ordinal);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{sick.Port}", ("ACCESS_LOG", $"file:{LogPath}"), ("DENY", "GET /secret"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await client.GetAsync("/sick", Cancellation);
        await client.GetAsync("/secret", Cancellation);
        await client.PostAsync("/lost", new StringContent("x"), Cancellation);
        using (var leaving = await RunningAmbassador.ConnectAsync(port))
        {
            await leaving.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), SocketFlags.None, Cancellation);
            await Eventually.TrueAsync(() => sick.Executed.Any(request => request.StartsWith("GET /wait", StringComparison.Ordinal)));
            RawBackend.Reset(leaving);
        }

        var lines = await LinesAsync(4);
        Assert.Equal(["endpoint", "app", "network", "app"], lines.Select(line => line.GetProperty("fault").GetString()));
        Assert.Equal([500, 403, 502], lines.Take(3).Select(line => line.GetProperty("status").GetInt32()));
        Assert.Equal("the request is refused: it is denied by 'GET /secret'", lines[1].GetProperty("reason").GetString());
        Assert.Equal(0, lines[1].GetProperty("tries").GetInt32());
        Assert.True(lines[3].GetProperty("cut").GetBoolean());
    }

    [Fact]
    public async Task What_the_cache_did_stands_in_the_line()
    {
        var isSick = false;
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref isSick) ? 503 : 200;
            context.Response.Headers.CacheControl = context.Request.Path == "/stale" ? "max-age=0, stale-if-error=60" : "max-age=60";
            return Task.CompletedTask;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("ACCESS_LOG", $"file:{LogPath}"), ("CACHE", "1MiB"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await client.GetAsync("/", Cancellation);
        await client.GetAsync("/", Cancellation);
        await client.PostAsync("/", new StringContent("x"), Cancellation);
        await client.GetAsync("/stale", Cancellation);
        Volatile.Write(ref isSick, true);
        await client.GetAsync("/stale", Cancellation);

        var lines = await LinesAsync(5);
        Assert.Equal(["miss", "hit", "passed", "miss", "stale"], lines.Select(line => line.GetProperty("cache").GetString()));
    }

    [Fact]
    public async Task Context_headers_are_told_but_for_what_looks_like_a_secret()
    {
        await using var backend = await HttpBackend.StartAsync(context => context.Response.WriteAsync($"{context.Request.Headers["x-tenant"]} {context.Request.Headers["x-api-key"]}"));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            backend.Url, ("ACCESS_LOG", $"file:{LogPath}"), ("CONTEXT_HEADERS", "X-Tenant;X-Api-Key;Cookie;X-Odd;X-None"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.Add("X-Tenant", "se\"ven");
        client.DefaultRequestHeaders.Add("X-Api-Key", "s3cret");
        client.DefaultRequestHeaders.Add("Cookie", "id=s3cret");
        client.DefaultRequestHeaders.Add("X-Odd", "eyJhbGciOi.s3cret.x");

        Assert.Equal("se\"ven s3cret", await client.GetStringAsync("/", Cancellation));
        var context = Assert.Single(await LinesAsync(1)).GetProperty("context");

        Assert.Equal("""{"x-tenant":"se\"ven","x-api-key":"***","cookie":"***","x-odd":"***"}""", context.GetRawText());
    }

    [Fact]
    public async Task A_file_that_is_renamed_is_made_anew_and_what_was_not_written_at_the_end_is_written_then()
    {
        await using var backend = await HttpBackend.StartAsync("x");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("ACCESS_LOG", $"file:{LogPath}"));
        using (var client = RunningAmbassador.Client(port))
        {
            await client.GetAsync("/one", Cancellation);
            await LinesAsync(1);
            File.Move(LogPath, LogPath + ".1");
            await client.GetAsync("/two", Cancellation);
        }

        await ambassador.DisposeAsync();

        Assert.Equal("/two", Assert.Single(await LinesAsync(1)).GetProperty("path").GetString());
    }

    [Fact]
    public async Task Lines_that_can_not_be_written_are_dropped_and_counted_and_no_request_waits()
    {
        var folder = Directory.CreateDirectory(_volume.PathOf("logs")).FullName;
        await using var backend = await HttpBackend.StartAsync("x");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("ACCESS_LOG", $"file:{folder}/access.log"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Directory.Delete(folder);
        Assert.Equal("x", await client.GetStringAsync("/", Cancellation));

        await Eventually.EqualAsync(1, () => ambassador.Count("sidecar.ambassador.access_log.dropped{}"));
        Directory.CreateDirectory(folder);
        Assert.Equal("x", await client.GetStringAsync("/", Cancellation));
        await Eventually.TrueAsync(() => File.Exists($"{folder}/access.log") && File.ReadAllText($"{folder}/access.log").EndsWith('\n'));
    }

    [Fact]
    public async Task A_request_id_is_kept_or_made_and_the_same_for_all_tries_and_in_answers_of_our_own()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            seen.Enqueue(context.Request.Headers["X-Request-Id"].ToString());
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var other = await HttpBackend.StartAsync(context =>
        {
            seen.Enqueue(context.Request.Headers["X-Request-Id"].ToString());
            return Task.CompletedTask;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{backend.Url};{other.Url}", ("BALANCE", "first"), ("DENY", "* /denied"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await client.GetAsync("/", Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/denied") { Headers = { { "X-Request-Id", "mine" } } };
        using var denied = await client.SendAsync(request, Cancellation);

        Assert.Equal(2, seen.Count);
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(seen.Distinct()));
        Assert.Equal("mine", Assert.Single(denied.Headers.GetValues("X-Request-Id")));
    }

    public void Dispose() => _volume.Dispose();

    private async Task<IReadOnlyList<JsonElement>> LinesAsync(int count)
    {
        await Eventually.TrueAsync(() => File.Exists(LogPath) && File.ReadAllText(LogPath) is var text && text.EndsWith('\n') && text.Count(c => c == '\n') >= count);
        return [.. File.ReadAllLines(LogPath).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
