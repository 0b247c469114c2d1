using System.Net.Sockets;
using System.Text;

namespace Sidecar.Ambassador.Tests.Http;

/// Requests that two servers read in two ways.
public sealed class SmugglingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: x\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n")]
    [InlineData("GET  / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n Folded: 1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: close, a\0b\r\n\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task Shapes_that_smuggle_requests_are_refused(string request)
    {
        await using var backend = await HttpBackend.StartAsync("reached");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);

        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancellation);
        var answer = await new StreamReader(stream).ReadLineAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.Equal(0, backend.Requests);
    }

    [Theory]
    [InlineData("gzip, chunked")]
    [InlineData("chunked, chunked")]
    [InlineData("chunked\r\nTransfer-Encoding: chunked")]
    public async Task A_coding_that_would_be_lost_on_the_way_is_not_served(string coding)
    {
        await using var backend = await HttpBackend.StartAsync("reached");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), Cancellation);
        var answer = await new StreamReader(stream).ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 501 ", answer);
        Assert.Contains("Connection: close", answer);
        Assert.Equal(0, backend.Requests);
    }

    [Theory]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5;\nxx\r\nhello\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhelloXX0\r\n\r\n")]
    public async Task Broken_chunks_never_make_a_whole_request_of_it(string chunks)
    {
        await using var backend = RawBackend.ForRequests(async (_, socket) =>
        {
            await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            return true;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}GET /two HTTP/1.1\r\nHost: x\r\n\r\n"), Cancellation);
        var answer = await new StreamReader(stream).ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        // A number that no length can be is refused before the body is.
        if (!chunks.StartsWith('F')) Assert.Contains("its body is broken", answer);
        Assert.Empty(backend.Executed);
        Assert.Equal(0, ambassador.Upstream().Endpoints.All[0].Failures);
    }

    [Fact]
    public async Task A_length_with_a_sign_goes_on_without_it()
    {
        await using var backend = RawBackend.ForRequests(async (_, socket) =>
        {
            await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            return true;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);

        await stream.WriteAsync("POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\nConnection: close\r\n\r\nhello"u8.ToArray(), Cancellation);
        await new StreamReader(stream).ReadToEndAsync(Cancellation);

        Assert.Equal("POST /one|hello", Assert.Single(backend.Executed));
        Assert.Contains("Content-Length: 5\r\n", Assert.Single(backend.Heads));
    }
}
