using System.Net;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Tests.Http.Retries;

public sealed class ReplayTests
{
    private static readonly (string, string) FirstOnly = ("BALANCE", "first");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(5, true)]
    [InlineData(65536, true)]
    [InlineData(65537, false)]
    public async Task A_body_that_was_sent_goes_whole_to_another_endpoint_if_it_fits_the_buffer(int bytes, bool isSentAgain)
    {
        await using var breaking = Breaking();
        await using var echo = await EchoAsync();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{breaking.Port};{echo.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var body = new byte[bytes];
        Random.Shared.NextBytes(body);

        using var answer = await client.PutAsync("/", new ByteArrayContent(body), Cancellation);

        Assert.Equal(isSentAgain ? HttpStatusCode.OK : HttpStatusCode.BadGateway, answer.StatusCode);
        if (isSentAgain) Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal((1, isSentAgain ? 1 : 0), (breaking.Executed.Count, echo.Requests));
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_kept_as_far_as_the_buffer_goes()
    {
        await using var breaking = Breaking();
        await using var echo = await EchoAsync();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{breaking.Port};{echo.Url}", FirstOnly, ("RETRY_BUFFER", "1KiB"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.TransferEncodingChunked = true;

        using var fits = await client.PutAsync("/", new ByteArrayContent(new byte[1024]), Cancellation);
        Assert.Equal(1024, (await fits.Content.ReadAsByteArrayAsync(Cancellation)).Length);
        using var tooLarge = await client.PutAsync("/", new ByteArrayContent(new byte[1025]), Cancellation);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadGateway), (fits.StatusCode, tooLarge.StatusCode));
    }

    [Theory]
    [InlineData("4711", HttpStatusCode.OK, 1)]
    [InlineData(null, HttpStatusCode.BadGateway, 0)]
    public async Task A_post_is_sent_again_only_with_an_idempotency_key(string? key, HttpStatusCode status, int others)
    {
        await using var breaking = Breaking();
        await using var echo = await EchoAsync();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{breaking.Port};{echo.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        using var order = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = new StringContent("one order") };
        if (key != null) order.Headers.Add("Idempotency-Key", key);

        using var answer = await client.SendAsync(order, Cancellation);

        Assert.Equal((status, others), (answer.StatusCode, echo.Requests));
        if (key != null) Assert.Equal("one order", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_large_upload_that_is_refused_before_it_is_read_goes_whole_to_another_endpoint_or_gets_that_answer()
    {
        await using var refusing = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync("busy");
        });
        await using var echo = await EchoAsync();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{refusing.Url};{echo.Url}", FirstOnly, ("EJECT_AFTER", "0"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        foreach (var bytes in (int[])[10, 60_000, 100_000, 5_000_000])
        {
            var body = new byte[bytes];
            Random.Shared.NextBytes(body);
            using var answer = await client.PutAsync("/", new ByteArrayContent(body), Cancellation);
            var got = await answer.Content.ReadAsByteArrayAsync(Cancellation);

            if (answer.StatusCode == HttpStatusCode.OK) Assert.Equal(body, got);
            else Assert.Equal("busy"u8, got);
            Assert.True(answer.StatusCode == HttpStatusCode.OK || bytes > 65536);
        }
    }

    // It answers what the ambassador asks itself: where a request takes long on a slow machine, it would be taken for one that hangs.
    private static RawBackend Breaking() => RawBackend.ForRequests(async (request, socket) =>
    {
        if (!request.StartsWith("OPTIONS", StringComparison.Ordinal))
        {
            RawBackend.Reset(socket);
            return false;
        }

        await RawBackend.SendAsync(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        return true;
    });

    private static Task<HttpBackend> EchoAsync() => HttpBackend.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
}
