using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Endpoints;

public sealed class GrpcHealthTests : IDisposable
{
    private readonly TempVolume _volume = new();
    private readonly int _port = FreePort.Next();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_says_the_verdict_of_a_group_or_a_probe()
    {
        await using var adapter = await StartAsync();
        await adapter.WaitForAsync("/health/live", 503);
        await adapter.WaitForAsync("/health/beat", 200);

        Assert.Equal("SERVING at 127.0.0.1", await AskAsync(""));
        Assert.Equal("SERVING at 127.0.0.1", await AskAsync("ready"));
        Assert.Equal("SERVING at 127.0.0.1", await AskAsync("beat"));
        Assert.Equal("NOT_SERVING at 127.0.0.1, expected SERVING", await AskAsync("live"));
        Assert.Equal("NOT_SERVING at 127.0.0.1, expected SERVING", await AskAsync("shop-liveness"));
        Assert.Equal("SERVING at 127.0.0.1", await AskAsync("shop-readiness"));
        Assert.Equal("the server knows no service 'nobody' at 127.0.0.1", await AskAsync("nobody"));
    }

    [Fact]
    public async Task Watch_says_every_change_and_ends_with_the_agent()
    {
        var adapter = await StartAsync();
        await adapter.WaitForAsync("/health/ready", 200);
        using var client = Client();
        using var answer = await CallAsync(client, "Watch", Frame("ready"));
        await using var stream = await answer.Content.ReadAsStreamAsync(Cancellation);

        var first = await NextAsync(stream);
        File.Delete(_volume.PathOf("beat"));
        var second = await NextAsync(stream);
        _volume.Write("beat", "");
        var third = await NextAsync(stream);
        await adapter.DisposeAsync();

        Assert.Equal([1, 2, 1], new[] { first, second, third });
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));
    }

    [Theory]
    [InlineData("List", new byte[] { 0, 0, 0, 0, 0 }, "12")]
    [InlineData("Check", new byte[] { 0, 0 }, "3")]
    [InlineData("Check", new byte[] { 0, 0, 0, 0, 9, 10, 1 }, "3")]
    [InlineData("Check", new byte[] { 1, 0, 0, 0, 0 }, "3")]
    [InlineData("Check", new byte[] { 0, 0, 0, 0, 2, 10, 200 }, "3")]
    [InlineData("Watch", new byte[] { 0, 255, 255, 255, 255 }, "3")]
    public async Task What_is_no_question_is_refused(string method, byte[] body, string code)
    {
        await using var adapter = await StartAsync();
        using var client = Client();

        using var answer = await CallAsync(client, method, body);

        Assert.Equal([code], answer.Headers.GetValues("grpc-status"));
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_one_line()
    {
        await using var first = await StartAsync();

        var (exitCode, text) = await RunningAdapter.CommandAsync(
            ["run"], ("ADAPTER_PROBE_HOST", "file:/etc/hostname"), ("SIDECAR_ADMIN_LISTEN", $"127.0.0.1:{FreePort.Next()}"), ("ADAPTER_GRPC_LISTEN", $"127.0.0.1:{_port}"));

        Assert.Equal(1, exitCode);
        Assert.Contains($"ADAPTER_GRPC_LISTEN=127.0.0.1:{_port}: can't listen there", text, StringComparison.Ordinal);
    }

    public void Dispose() => _volume.Dispose();

    private Task<RunningAdapter> StartAsync() => RunningAdapter.StartAsync(
        ("ADAPTER_PROBE_BEAT", $"file:{_volume.Write("beat", "")}"), ("ADAPTER_PROBE_GONE", "file:/nowhere"), ("ADAPTER_READY", "beat"),
        ("ADAPTER_INTERVAL", "100ms"), ("ADAPTER_GRPC_LISTEN", $"127.0.0.1:{_port}"));

    private async Task<string> AskAsync(string service)
    {
        using var probe = new GrpcProbe(new NetworkTarget("127.0.0.1", _port), service, null, TimeProvider.System);
        return (await probe.AskAsync(Cancellation)).Reason;
    }

    private static HttpClient Client() => new(new SocketsHttpHandler())
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private async Task<HttpResponseMessage> CallAsync(HttpClient client, string method, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_port}/grpc.health.v1.Health/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    private static byte[] Frame(string service) => [0, 0, 0, 0, (byte)(service.Length + 2), 10, (byte)service.Length, .. Encoding.UTF8.GetBytes(service)];

    private static async Task<byte> NextAsync(Stream stream)
    {
        var frame = new byte[7];
        await stream.ReadExactlyAsync(frame, Cancellation);
        Assert.Equal([0, 0, 0, 0, 2, 8], frame[..6]);
        return frame[6];
    }
}
