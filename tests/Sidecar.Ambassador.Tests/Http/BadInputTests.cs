using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Tests.Upstreams.Names;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

/// What an app may do wrong: a clear answer, and others are served as if nothing were.
public sealed class BadInputTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("many headers", 431)]
    [InlineData("large header", 431)]
    [InlineData("long line", 414)]
    [InlineData("TLS", 400)]
    public async Task A_flood_of_headers_is_refused_and_others_are_served(string what, int status)
    {
        await using var backend = await HttpBackend.StartAsync("served");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var flood = what switch
        {
            "many headers" => $"GET / HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: y\r\n"))}\r\n",
            "large header" => $"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('y', 40_000)}\r\n\r\n",
            "long line" => $"GET /{new string('y', 10_000)} HTTP/1.1\r\nHost: x\r\n\r\n",
            _ => "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1",
        };

        Assert.StartsWith($"HTTP/1.1 {status} ", await SendAsync(port, flood));
        Assert.Equal("served", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(1, backend.Requests);
    }

    [Fact]
    public async Task Clients_that_never_finish_their_headers_are_answered_408_and_keep_nobody_waiting()
    {
        await using var backend = await HttpBackend.StartAsync("served");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        var impatientPort = FreePort.Next();
        await using var impatient = await RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_X", backend.Url), ("AMBASSADOR_ROUTE_X_LISTEN", $"{impatientPort}"), ("AMBASSADOR_HEADERS_TIMEOUT", "300ms"));
        using var client = RunningAmbassador.Client(port);
        var slow = new List<Socket>();
        for (var i = 0; i < 300; i++)
        {
            slow.Add(await RunningAmbassador.ConnectAsync(port));
            await slow[i].SendAsync("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "u8.ToArray(), SocketFlags.None, Cancellation);
        }

        Assert.Equal("served", await client.GetStringAsync("/", Cancellation));
        Assert.StartsWith("HTTP/1.1 408 ", await SendAsync(impatientPort, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
        Assert.Equal(1, backend.Requests);
        slow.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData("Content-Length: 1001\r\n\r\n", 413)]
    [InlineData("Content-Length: 1000\r\n\r\n", 200)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n", 413)]
    public async Task A_body_that_is_larger_than_allowed_is_answered_413_also_when_it_never_ends(string framing, int status)
    {
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            await context.Response.WriteAsync("taken");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("MAX_BODY", "1000B"));
        await using var _ = ambassador;
        var chunk = $"64\r\n{new string('x', 100)}\r\n";
        var body = framing.StartsWith('T') ? string.Concat(Enumerable.Repeat(chunk, 11)) : new string('x', 1000);

        var answer = await SendAsync(port, $"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{framing}{body}");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        if (status == 200) return;
        Assert.Contains("Proxy-Status: sidecar-ambassador/x; error=http_request_error; details=\"the request is refused: its body is larger than 1000 bytes\"", answer);
        Assert.Contains("Connection: close", answer);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.http.requests{route=x,code=4xx}"));
    }

    [Theory]
    [InlineData("POST", "Content-Length: 100\r\n\r\nhello")]
    [InlineData("PUT", "Content-Length: 100\r\n\r\nhello")]
    [InlineData("PUT", "Content-Length: 100\r\n\r\n")]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("PUT", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task A_body_whose_rest_does_not_come_is_answered_408_and_says_nothing_of_the_endpoint(string method, string body)
    {
        await using var backend = await HttpBackend.StartAsync(context => context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted));
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{backend.Url};{other.Url}", ("BALANCE", "first"), ("TIMEOUT", "300ms"), ("EJECT_AFTER", "1"));
        await using var _ = ambassador;

        var answer = await SendAsync(port, $"{method} / HTTP/1.1\r\nHost: x\r\n{body}");

        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.Contains("the rest of its body did not come in time", answer);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.faults{route=x,origin=app}"));
        Assert.Equal(0, other.Requests);
        Assert.All(ambassador.Upstream().Endpoints.All, endpoint => Assert.True(endpoint.Health.IsHealthy));
    }

    [Fact]
    public async Task A_name_that_leads_to_a_listener_of_our_own_is_not_followed_also_by_the_address_of_this_machine()
    {
        await using var dns = new DnsStandIn();
        var ours = Dns.GetHostAddresses(Dns.GetHostName(), AddressFamily.InterNetwork).FirstOrDefault(address => !IPAddress.IsLoopback(address)) ?? IPAddress.Loopback;
        dns.SetA("loop.test", 1, ours.ToString());
        var (http, redis) = (FreePort.Next(), FreePort.Next());
        await using var ambassador = await RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_X", $"http://loop.test:{http}"), ("AMBASSADOR_ROUTE_X_LISTEN", $"*:{http}"),
            ("AMBASSADOR_ROUTE_Y", $"http://loop.test:{redis}"), ("AMBASSADOR_ROUTE_Y_LISTEN", $"{FreePort.Next()}"),
            ("AMBASSADOR_ROUTE_R", "redis://127.0.0.1:1"), ("AMBASSADOR_ROUTE_R_LISTEN", $"*:{redis}"), ("AMBASSADOR_ROUTE_R_LISTEN_EXPOSE", "true"),
            ("AMBASSADOR_NAMESERVERS", dns.Address.ToString()));

        var answer = await SendAsync(http, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 503 ", answer);
        Assert.Contains($"'loop.test:{http}' resolves to our own listener {ours}:{http}", answer);
        await Eventually.TrueAsync(() => ambassador.Upstream("y").ResolveFailure?.Contains("our own listener", StringComparison.Ordinal) == true);
    }

    // All that comes back until the connection ends.
    private static async Task<string> SendAsync(int port, string bytes)
    {
        using var socket = await RunningAmbassador.ConnectAsync(port);
        await using var stream = new NetworkStream(socket);
        var answer = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), Cancellation);
            using var reader = new StreamReader(stream);
            var buffer = new char[4096];
            for (int read; (read = await reader.ReadAsync(buffer, Cancellation)) > 0;) answer.Append(buffer, 0, read);
        }
        catch (IOException) when (answer.Length > 0)
        {
            // Reset behind its answer, since it had not read all.
        }

        return answer.ToString();
    }
}
