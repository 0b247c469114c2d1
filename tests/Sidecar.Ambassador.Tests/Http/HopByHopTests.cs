using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

/// What a Connection header says beside the names in it has its effect, and what it names ends here.
public sealed class HopByHopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("X-Mine")]
    [InlineData("keep-alive, X-Mine")]
    [InlineData("x-mine,Keep-Alive")]
    [InlineData("upgrade, X-Mine")]
    [InlineData("keep-alive, Upgrade, X-Mine")]
    [InlineData("no name, X-Mine, a;b, \u00e9")]
    [InlineData("Content-Type, Host, Content-Length, Transfer-Encoding, X-Mine")]
    public async Task What_is_named_ends_here_and_the_connection_stays(string connection)
    {
        await using var backend = await HttpBackend.StartAsync(Tell);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;

        var answers = await AskAsync(port, $"{Request("1.1", connection)}{Request("1.1", connection)}{Request("1.1", "close")}");

        Assert.Equal(["without", "without", "with"], Bodies(answers));
    }

    [Theory]
    [InlineData("1.1", "close, X-Mine")]
    [InlineData("1.1", "X-Mine,,\tClose\t,")]
    [InlineData("1.1", "close, keep-alive, upgrade, X-Mine")]
    [InlineData("1.1", "close\r\nConnection: X-Mine")]
    [InlineData("1.0", "X-Mine")]
    [InlineData("1.0", "close, X-Mine")]
    [InlineData("1.0", "keep-alive, X-Mine")]
    [InlineData("1.0", "upgrade, close, X-Mine")]
    public async Task What_is_named_ends_here_and_the_connection_is_closed(string version, string connection)
    {
        await using var backend = await HttpBackend.StartAsync(Tell);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;

        var answers = await AskAsync(port, $"{Request(version, connection)}{Request("1.1", "close")}");

        Assert.Equal(["without"], Bodies(answers));
        Assert.Contains("\r\nConnection: close\r\n", answers);
    }

    [Fact]
    public async Task A_request_of_http_1_0_keeps_its_connection_when_it_asks_for_that()
    {
        await using var backend = await HttpBackend.StartAsync(Tell);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;

        var answers = await AskAsync(port, $"{Request("1.0", "Keep-Alive")}{Request("1.0", "keep-alive")}{Request("1.1", "close")}");

        Assert.Equal(["with", "with", "with"], Bodies(answers));
    }

    [Fact]
    public async Task A_protocol_is_changed_though_names_stand_beside_it()
    {
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            Assert.True(context.WebSockets.IsWebSocketRequest);
            Assert.False(context.Request.Headers.ContainsKey("X-Mine"));
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        const string Opening = "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Mine: 1\r\n";

        var answer = await AskAsync(port, $"GET / HTTP/1.1\r\nHost: x\r\nConnection: X-Mine, Upgrade\r\n{Opening}\r\n");

        Assert.StartsWith("HTTP/1.1 101 ", answer);
    }

    private static Task Tell(HttpContext context)
    {
        var answer = context.Request.Headers.ContainsKey("X-Mine") ? "<with>" : "<without>";
        context.Response.ContentLength = answer.Length;
        return context.Response.WriteAsync(answer);
    }

    private static string Request(string version, string connection) =>
        $"GET / HTTP/{version}\r\nHost: x\r\nX-Mine: 1\r\nConnection: {connection}\r\n\r\n";

    // Everything until the ambassador closes the connection.
    private static async Task<string> AskAsync(int port, string requests)
    {
        using var socket = await RunningAmbassador.ConnectAsync(port);
        using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(requests), Cancellation);
        return await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync(Cancellation).WaitAsync(Eventually.Patience, Cancellation);
    }

    private static IEnumerable<string> Bodies(string answers) =>
        answers.Split('<').Skip(1).Select(rest => rest[..rest.IndexOf('>', StringComparison.Ordinal)]);
}
