using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Content;
using Sidecar.Adapter.Probes.Http;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Tests.Probes.Http;

public sealed class HttpProbeBadServerTests
{
    [Theory]
    [InlineData("", "the connection was closed before an answer")]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP")]
    [InlineData("HTTP/1.1 abc\r\n\r\n", "the answer is not HTTP")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "the answer broke off")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer broke off")]
    public async Task What_a_broken_server_sends_is_a_miss_in_plain_words(string answer, string reason)
    {
        var result = await AskAsync(Encoding.ASCII.GetBytes(answer));

        Assert.Equal(Answer.Fail, result.Answer);
        Assert.Equal(reason, result.Reason);
    }

    [Theory]
    [InlineData("//", "//")]
    [InlineData("///x", "///x")]
    [InlineData("//[", "//[")]
    [InlineData("https:", "https:")]
    [InlineData("//:80/?token=secret", "//:80/")]
    [InlineData("http://[", "http://[")]
    [InlineData("https://log in.example.com/#secret", "https://log in.example.com/")]
    [InlineData("http://bob:secret@[/", "an address with a password")]
    public async Task A_redirect_to_what_is_no_URL_is_a_miss_that_names_it(string location, string named)
    {
        var result = await AskAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));

        Assert.Equal(ProbeResult.Failed($"status 302, redirected to what is no URL: {named}"), result with { TraceId = null });
    }

    [Fact]
    public async Task A_redirect_that_names_nothing_is_an_answer_like_any_other()
    {
        Assert.True((await AskAsync("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray())).HasPassed);
    }

    [Fact]
    public void Random_redirects_never_make_it_throw()
    {
        var random = new Random(20261123);
        const string Noise = "/:[]@?#%.a1 \u00e4\\";
        for (var round = 0; round < 5_000; round++)
        {
            using var answer = new HttpResponseMessage(HttpStatusCode.Found);
            answer.Headers.TryAddWithoutValidation("Location", string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => Noise[random.Next(Noise.Length)])));

            Assert.True(Redirect.Of(answer)?.TryFollow(new Uri("http://127.0.0.1:1/"), out var url) != true || url is not null);
        }
    }

    [Fact]
    public async Task Headers_without_end_are_a_miss_and_not_a_growing_buffer()
    {
        var header = Encoding.ASCII.GetBytes($"X-Filler: {new string('x', 1000)}\r\n");

        var result = await AskAsync([.. "HTTP/1.1 200 OK\r\n"u8, .. Enumerable.Repeat(header, 200).SelectMany(line => line)]);

        Assert.Equal("the answer's headers are too large", result.Reason);
    }

    [Fact]
    public async Task Random_bytes_never_make_it_throw()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 200; round++)
        {
            var noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);

            Assert.Equal(Answer.Fail, (await AskAsync([.. "HTTP/1.1 2"u8, .. noise])).Answer);
        }
    }

    // One connection: reads the request, sends the bytes, closes.
    private static async Task<ProbeResult> AskAsync(byte[] answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, answer);
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        using var probe = new HttpProbe(
            new HttpQuestion(url), new HttpExpectation(NumberRanges.Read("200-399", 100, 599).Value, ContentRules.None, null), new TlsTrust(), TimeProvider.System);

        var result = await probe.AskAsync(TestContext.Current.CancellationToken);
        await serving;
        return result;
    }

    private static async Task ServeAsync(TcpListener listener, byte[] answer)
    {
        using var client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        try
        {
            await client.ReceiveAsync(new byte[4096], TestContext.Current.CancellationToken);
            await client.SendAsync(answer, TestContext.Current.CancellationToken);
            client.Shutdown(SocketShutdown.Send);
            while (await client.ReceiveAsync(new byte[4096], TestContext.Current.CancellationToken) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The probe had seen enough and closed first.
        }
    }
}
