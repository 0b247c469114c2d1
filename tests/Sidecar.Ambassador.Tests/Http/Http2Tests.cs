using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

public sealed class Http2Tests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("h2c", "2.0", "HTTP/2")]
    [InlineData("h2c", "1.1", "HTTP/2")]
    [InlineData("http", "2.0", "HTTP/1.1")]
    [InlineData("http", "1.1", "HTTP/1.1")]
    public async Task One_port_takes_both_versions_and_the_upstream_gets_what_its_scheme_says(string scheme, string version, string spoken)
    {
        await using var backend = await HttpBackend.StartAsync(
            async context => await context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Method} {await new StreamReader(context.Request.Body).ReadToEndAsync()}"),
            scheme == "h2c" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{scheme}://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var got = await client.GetAsync(new Uri("/a", UriKind.Relative), Cancellation);
        using var posted = await client.PostAsync(new Uri("/a", UriKind.Relative), new StringContent("body"), Cancellation);

        Assert.Equal(Version.Parse(version), got.Version);
        Assert.Equal($"{spoken} GET ", await got.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal($"{spoken} POST body", await posted.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("h1", "1.1", "2.0")]
    [InlineData("h2", "2.0", "1.1")]
    public async Task A_listener_that_is_for_one_version_refuses_the_other(string protocol, string taken, string refused)
    {
        await using var backend = await HttpBackend.StartAsync("hello");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("LISTEN_PROTOCOL", protocol));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        client.DefaultRequestVersion = Version.Parse(taken);
        Assert.Equal("hello", await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation));
        using var other = RunningAmbassador.Client(port);
        other.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        other.DefaultRequestVersion = Version.Parse(refused);
        await Assert.ThrowsAsync<HttpRequestException>(() => other.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation));
        Assert.Equal(1, backend.Requests);
    }

    [Fact]
    public async Task The_first_words_may_come_in_pieces()
    {
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()}");
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);
        byte[] emptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

        client.NoDelay = true;
        foreach (var piece in new[] { "P", "RI * HTTP/2.0\r\n", "\r\nSM\r\n\r" }) await client.SendAsync(Encoding.ASCII.GetBytes(piece), Cancellation);
        await client.SendAsync((byte[])[(byte)'\n', .. emptySettings], Cancellation);

        var head = new byte[9];
        await new NetworkStream(client).ReadExactlyAsync(head, Cancellation);
        Assert.Equal(4, head[3]);
    }

    [Theory]
    [InlineData("PRI * HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 ")]
    [InlineData("PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n", "HTTP/1.1 200")]
    public async Task What_only_begins_alike_is_HTTP1(string request, string answer)
    {
        await using var backend = await HttpBackend.StartAsync("");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);

        await client.SendAsync(Encoding.ASCII.GetBytes(request), Cancellation);

        var buffer = new byte[answer.Length];
        await new NetworkStream(client).ReadExactlyAsync(buffer, Cancellation);
        Assert.Equal(answer, Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task A_connection_that_said_nothing_yet_does_not_hold_up_the_end()
    {
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()}");
        await using var _ = ambassador;
        using var silent = await RunningAmbassador.ConnectAsync(port);
        using var hesitant = await RunningAmbassador.ConnectAsync(port);
        await hesitant.SendAsync("PRI *"u8.ToArray(), Cancellation);
        using var known = RunningAmbassador.Client(port);
        using var answer = await known.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var began = TimeProvider.System.GetTimestamp();

        await ambassador.StopAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 5);
        Assert.Equal(0, await silent.ReceiveAsync(new byte[1], Cancellation));
    }

    [Fact]
    public async Task What_may_be_repeated_goes_to_another_endpoint_when_its_HTTP2_connection_breaks()
    {
        await using var broken = new RawBackend(async (socket, token) =>
        {
            await socket.ReceiveAsync(new byte[1000], token);
            RawBackend.Reset(socket);
        });
        await using var sound = await HttpBackend.StartAsync(context => context.Response.WriteAsync("sound"), HttpProtocols.Http2);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{broken.Port},127.0.0.1:{sound.Port}", ("BALANCE", "first"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        ambassador.ExpectSlowAnswers();

        Assert.Equal("sound", await client.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation));
        using var posted = await client.PostAsync(new Uri("/", UriKind.Relative), new StringContent("once"), Cancellation);

        Assert.Contains("the connection broke before an answer began", await posted.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(HttpStatusCode.BadGateway, posted.StatusCode);
    }

    /// Now and then the forwarder notices the end of the connection at the caller's body, and says that the body failed.
    [Fact]
    public async Task An_HTTP2_connection_that_breaks_is_never_taken_for_a_fault_of_the_callers_body()
    {
        await using var broken = new RawBackend(async (socket, token) =>
        {
            await socket.ReceiveAsync(new byte[1000], token);
            RawBackend.Reset(socket);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{broken.Port}", ("RETRIES", "0"));
        await using var _ = ambassador;
        ambassador.ExpectSlowAnswers();
        using var client = RunningAmbassador.Client(port);
        var statuses = new ConcurrentBag<HttpStatusCode>();

        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = Cancellation }, async (_, cancellation) =>
        {
            using var posted = await client.PostAsync(new Uri("/", UriKind.Relative), new StringContent("once"), cancellation);
            statuses.Add(posted.StatusCode);
        });

        Assert.Equal([HttpStatusCode.BadGateway], statuses.Distinct());
    }
}
