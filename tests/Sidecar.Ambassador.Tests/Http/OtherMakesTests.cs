using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.Ambassador.Tests.Http;

/// Clients and servers that others wrote: curl, nghttp, nginx.
public sealed class OtherMakesTests : IDisposable
{
    private const int Megabyte = 1 << 20;

    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--http1.1", "http/1.1")]
    [InlineData("--http2-prior-knowledge", "http/2")]
    public async Task Curl_gets_and_puts_what_nginx_has_byte_for_byte(string version, string spoken)
    {
        await using var nginx = await StartNginxAsync(out var upstream);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{upstream}");
        await using var _ = ambassador;
        var file = _volume.PathOf("files/large");
        await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(8 * Megabyte), Cancellation);
        var url = $"http://127.0.0.1:{port}/large";

        var got = await CurlAsync(version, "-o", _volume.PathOf("got"), url);
        var range = await CurlAsync(version, "-o", _volume.PathOf("range"), "-r", "100-199", url);
        var unchanged = await CurlAsync(version, "-z", file, url);
        var missing = await CurlAsync(version, "-o", "/dev/null", $"http://127.0.0.1:{port}/none");
        var head = await CurlAsync(version, "-I", "-o", "/dev/null", url);
        var put = await CurlAsync(version, "-T", file, $"http://127.0.0.1:{port}/put/again");

        Assert.Equal($"200 {spoken[5..]}", got);
        Assert.Equal(await HashAsync(file), await HashAsync(_volume.PathOf("got")));
        Assert.Equal($"206 {spoken[5..]}", range);
        Assert.Equal(File.ReadAllBytes(file)[100..200], await File.ReadAllBytesAsync(_volume.PathOf("range"), Cancellation));
        Assert.Equal(["304", "404", "200", "201"], new[] { unchanged, missing, head, put }.Select(answer => answer.Split(' ')[0]));
        Assert.Equal(await HashAsync(file), await HashAsync(_volume.PathOf("files/put/again")));
    }

    [Fact]
    public async Task Nghttp_gets_back_twenty_bodies_that_it_sends_at_once_and_not_a_byte_more()
    {
        if (!File.Exists("/usr/bin/nghttp")) Assert.Skip("nghttp is not on this machine (apt: nghttp2-client)");
        var arrived = new ConcurrentBag<string>();
        await using var echo = await HttpBackend.StartAsync(async context => arrived.Add(await EchoAsync(context)));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(echo.Url);
        await using var _ = ambassador;
        var body = _volume.Write("body", string.Concat(Enumerable.Range(0, 5000).Select(i => $"line {i} of a body that comes back as it went\n")));

        await using var nghttp = ChildProcess.Start("/usr/bin/nghttp", ["-m", "20", "-d", body, $"http://127.0.0.1:{port}/"]);
        var code = await nghttp.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal(0, code);
        Assert.Empty(nghttp.Error);
        Assert.Equal(Enumerable.Repeat(await HashAsync(body), 20), arrived);
        // They come back as the streams do, mixed: so the same letters, each twenty times.
        var sent = (await File.ReadAllTextAsync(body, Cancellation)).CountBy(letter => letter).ToDictionary(letter => letter.Key, letter => letter.Value * 20);
        Assert.Equal(sent, nghttp.Output.SelectMany(line => line + "\n").CountBy(letter => letter).ToDictionary());
    }

    public void Dispose() => _volume.Dispose();

    private static async Task<string> CurlAsync(string version, params string[] arguments)
    {
        await using var curl = ChildProcess.Start("/usr/bin/curl", [version, "-sS", "-w", "%{http_code} %{http_version}", .. arguments]);
        var code = await curl.WaitForExitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.True(code == 0, curl.Transcript);
        return string.Join("", curl.Output);
    }

    /// Answers with the body, and returns the hash of what arrived.
    private static async Task<string> EchoAsync(HttpContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[16 * 1024];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file, Cancellation));
    }

    private Task<ChildProcess> StartNginxAsync(out int port)
    {
        if (!File.Exists("/usr/sbin/nginx")) Assert.Skip("nginx is not on this machine (apt: nginx-light)");
        port = FreePort.Next();
        var root = _volume.Root;
        _volume.Folder("files/put");
        _volume.Write("nginx.conf", $$"""
            daemon off; master_process off; user root; pid {{root}}/pid; events { worker_connections 64; }
            http {
                access_log off; client_max_body_size 0; client_body_temp_path {{root}}/t; proxy_temp_path {{root}}/t; fastcgi_temp_path {{root}}/t; uwsgi_temp_path {{root}}/t; scgi_temp_path {{root}}/t;
                server { listen 127.0.0.1:{{port}}; root {{root}}/files; location /put/ { dav_methods PUT; } }
            }
            """);
        return ListeningAsync(ChildProcess.Start("/usr/sbin/nginx", ["-c", _volume.PathOf("nginx.conf"), "-e", "stderr"]), port);
    }

    private static async Task<ChildProcess> ListeningAsync(ChildProcess server, int port)
    {
        using var socket = new TcpClient();
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    socket.Connect(IPAddress.Loopback, port);
                    return true;
                }
                catch (SocketException) when (!server.HasExited)
                {
                    return false;
                }
            },
            cancellation: Cancellation);
        return server;
    }
}
