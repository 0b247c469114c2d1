using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

public sealed class ForwardingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_endpoint_gets_the_request_as_it_was_but_for_the_host_and_hop_by_hop_headers()
    {
        await using var backend = await HttpBackend.StartAsync(Mirror);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://localhost:{backend.Port}/v1/");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/a%2Fb/../%41?x=%20&y=a+b", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.TryAddWithoutValidation("Connection", "X-Hop");
        request.Headers.TryAddWithoutValidation("X-Hop", "mine");
        request.Headers.TryAddWithoutValidation("X-End", "to end");
        request.Headers.TryAddWithoutValidation("TE", "deflate");

        using var answer = await client.SendAsync(request, Cancellation);
        var seen = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.StartsWith("GET /v1/a%2Fb/../%41?x=%20&y=a+b", seen);
        Assert.Contains($"Host: localhost:{backend.Port}\n", seen);
        Assert.Contains("X-End: to end", seen);
        Assert.DoesNotContain("X-Hop", seen);
        Assert.DoesNotContain(answer.Headers, header => header.Key == "X-Hop-Back");
        Assert.DoesNotContain("deflate", seen);
        Assert.DoesNotContain("Forwarded", seen);
        Assert.Equal("yes", Assert.Single(answer.Headers.GetValues("X-From-Backend")));
        Assert.DoesNotContain(answer.Headers, header => header.Key == "Via");
    }

    [Fact]
    public async Task The_callers_host_goes_on_where_that_is_asked_for()
    {
        await using var backend = await HttpBackend.StartAsync(Mirror);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("PRESERVE_HOST", "true"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.Host = "shop.example.com";

        Assert.Contains("Host: shop.example.com\n", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task The_route_logs_in_for_callers_that_do_not()
    {
        await using var backend = await HttpBackend.StartAsync(Mirror);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url.Replace("//", "//app:p%40ss@"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Contains("Authorization: Basic YXBwOnBAc3M=", await client.GetStringAsync("/", Cancellation));
        client.DefaultRequestHeaders.Add("Authorization", "Bearer own");
        Assert.Contains("Authorization: Bearer own", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task A_trace_is_carried_on_and_begun_where_there_is_none()
    {
        await using var backend = await HttpBackend.StartAsync(Mirror);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var begun = await client.GetStringAsync("/", Cancellation);
        var begunAgain = await client.GetStringAsync("/", Cancellation);
        client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        client.DefaultRequestHeaders.Add("tracestate", "vendor=1");
        client.DefaultRequestHeaders.Add("baggage", "tenant=7");
        var carried = await client.GetStringAsync("/", Cancellation);

        Assert.Matches("traceparent: 00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01\n", begun);
        Assert.NotEqual(begun, begunAgain);
        Assert.Contains("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n", carried);
        Assert.Contains("tracestate: vendor=1\n", carried);
        Assert.Contains("baggage: tenant=7\n", carried);
    }

    [Fact]
    public async Task A_broken_trace_is_replaced_by_a_new_one()
    {
        await using var backend = await HttpBackend.StartAsync(Mirror);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.TryAddWithoutValidation("traceparent", "00-zz-1-01");
        client.DefaultRequestHeaders.TryAddWithoutValidation("tracestate", "vendor=1");

        var seen = await client.GetStringAsync("/", Cancellation);

        Assert.Matches("traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01\n", seen);
        Assert.DoesNotContain("tracestate", seen);
    }

    [Theory]
    [InlineData("HEAD", 200, null)]
    [InlineData("GET", 204, null)]
    [InlineData("GET", 304, null)]
    [InlineData("GET", 404, "not here")]
    [InlineData("GET", 301, "moved")]
    public async Task Answers_keep_their_status_headers_and_body(string method, int status, string? body)
    {
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.ETag = "\"1\"";
            context.Response.Headers.Location = "/elsewhere";
            if (method == "HEAD") context.Response.ContentLength = 12345;
            return body == null ? Task.CompletedTask : context.Response.WriteAsync(body);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"), Cancellation);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("\"1\"", answer.Headers.ETag?.Tag);
        Assert.Equal("/elsewhere", answer.Headers.Location?.ToString());
        if (method == "HEAD") Assert.Equal(12345, answer.Content.Headers.ContentLength);
        Assert.Equal(body ?? "", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task An_upload_arrives_while_it_is_sent()
    {
        var first = new TaskCompletionSource<string>();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            first.SetResult(await reader.ReadLineAsync() ?? "");
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);

        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nfirst\n\r\n"u8.ToArray(), Cancellation);
        Assert.Equal("first", await first.Task.WaitAsync(Cancellation));
        await stream.WriteAsync("4\r\nlast\r\n0\r\n\r\n"u8.ToArray(), Cancellation);

        Assert.Contains("\r\nlast\r\n", await new StreamReader(stream).ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_download_arrives_while_it_is_made()
    {
        var release = new TaskCompletionSource();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first\n");
            await context.Response.Body.FlushAsync();
            await release.Task;
            await context.Response.WriteAsync("last\n");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var reader = new StreamReader(await client.GetStreamAsync("/", Cancellation));
        Assert.Equal("first", await reader.ReadLineAsync(Cancellation));
        release.SetResult();

        Assert.Equal("last", await reader.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task Large_bodies_arrive_whole()
    {
        const int Bytes = 64 * 1024 * 1024;
        var body = new byte[Bytes];
        new Random(2201).NextBytes(body);
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            var hash = await System.Security.Cryptography.SHA256.HashDataAsync(context.Request.Body);
            context.Response.Headers["X-Hash"] = Convert.ToHexString(hash);
            await context.Response.Body.WriteAsync(body);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.PostAsync("/", new ByteArrayContent(body), Cancellation);

        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(body)), Assert.Single(answer.Headers.GetValues("X-Hash")));
        var received = await answer.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.True(body.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task An_upload_that_nobody_reads_stops_instead_of_filling_memory()
    {
        var release = new TaskCompletionSource();
        await using var backend = await HttpBackend.StartAsync(_ => release.Task);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        await socket.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"u8.ToArray(), Cancellation);
        socket.Blocking = false;
        var chunk = new byte[256 * 1024];
        var sent = 0L;
        var lastProgress = TimeProvider.System.GetTimestamp();

        while (TimeProvider.System.GetElapsedTime(lastProgress) < TimeSpan.FromMilliseconds(500) && sent < 200_000_000)
        {
            var now = socket.Send(chunk, 0, chunk.Length, SocketFlags.None, out var error);
            if (error == SocketError.Success) (sent, lastProgress) = (sent + now, TimeProvider.System.GetTimestamp());
            else socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectWrite);
        }

        // Kernel buffers on four sockets, and little more.
        Assert.InRange(sent, 1, 40_000_000);
        release.SetResult();
    }

    [Fact]
    public async Task An_expected_continue_is_given_and_the_body_follows()
    {
        await using var backend = await HttpBackend.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);

        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync(Cancellation));
        await stream.WriteAsync("hello"u8.ToArray(), Cancellation);

        Assert.EndsWith("hello\r\n0\r\n\r\n", await reader.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_websocket_goes_through_and_outlives_the_timeout()
    {
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            while (await socket.ReceiveAsync(buffer, Cancellation) is { MessageType: not WebSocketMessageType.Close } message)
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, message.EndOfMessage, Cancellation);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancellation);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("TIMEOUT", "200ms"));
        await using var _ = ambassador;
        using var client = new ClientWebSocket();
        client.Options.KeepAliveInterval = TimeSpan.Zero;
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/"), Cancellation);
        var echo = new byte[100];

        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancellation);
            await client.SendAsync(Encoding.UTF8.GetBytes($"message {i}"), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
            var message = await client.ReceiveAsync(echo, Cancellation);
            Assert.Equal($"message {i}", Encoding.UTF8.GetString(echo, 0, message.Count));
        }

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
        Assert.Equal("bye", client.CloseStatusDescription);
    }

    [Fact]
    public async Task What_is_no_longer_HTTP_ends_when_the_endpoint_ends_it_whoever_spoke_last()
    {
        await using var backend = new RawBackend(async (socket, token) =>
        {
            if (await socket.ReceiveAsync(new byte[4096], token) == 0) return;
            await RawBackend.SendAsync(socket, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: words\r\n\r\n");
            await socket.ReceiveAsync(new byte[4096], token);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{backend.Port}", ("HEALTH_INTERVAL", "1h"));
        await using var _ = ambassador;
        using var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await caller.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        var buffer = new byte[4096];

        await RawBackend.SendAsync(caller, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: words\r\n\r\n");
        var head = await caller.ReceiveAsync(buffer, Cancellation);
        await RawBackend.SendAsync(caller, "the last word");

        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(buffer, 0, head));
        Assert.Equal(0, await caller.ReceiveAsync(buffer, Cancellation));
    }

    [Fact]
    public async Task A_health_path_takes_an_endpoint_out_and_brings_it_back()
    {
        var isSick = true;
        await using var turning = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/health" && Volatile.Read(ref isSick) ? 500 : 200;
            return context.Response.WriteAsync("turning");
        });
        await using var steady = await HttpBackend.StartAsync("steady");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"{turning.Url};{steady.Url}", ("BALANCE", "first"), ("HEALTH_PATH", "/health"), ("HEALTH_INTERVAL", "100ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await Eventually.EqualAsync("health check answered 500", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason ?? "up");
        Assert.Equal("steady", await client.GetStringAsync("/", Cancellation));
        Volatile.Write(ref isSick, false);
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
        Assert.Equal("turning", await client.GetStringAsync("/", Cancellation));
    }

    [Fact]
    public async Task Which_answers_to_the_health_path_are_healthy_is_the_users_to_say()
    {
        await using var full = await HttpBackend.StartAsync(Answering(429, "full"));
        await using var moved = await HttpBackend.StartAsync(Answering(302, "moved"));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"{moved.Url};{full.Url}", ("BALANCE", "first"), ("HEALTH_PATH", "/health"), ("HEALTH_STATUS", "200-299;429"), ("HEALTH_INTERVAL", "100ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await Eventually.EqualAsync("health check answered 302", () => ambassador.Upstream().Endpoints.All[0].Health.DownReason ?? "up");
        Assert.Equal("full", await client.GetStringAsync("/", Cancellation));
        Assert.Null(ambassador.Upstream().Endpoints.All[1].Health.DownReason);

        static RequestDelegate Answering(int status, string name) => context =>
        {
            context.Response.StatusCode = context.Request.Path == "/health" ? status : 200;
            return context.Response.WriteAsync(name);
        };
    }

    private static Task Mirror(HttpContext context)
    {
        context.Response.Headers["X-From-Backend"] = "yes";
        context.Response.Headers.Connection = "X-Hop-Back";
        context.Response.Headers["X-Hop-Back"] = "theirs";
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = string.Concat(context.Request.Headers.Select(header => $"{header.Key}: {header.Value}\n"));
        return context.Response.WriteAsync($"{context.Request.Method} {target}\n{headers}");
    }
}
