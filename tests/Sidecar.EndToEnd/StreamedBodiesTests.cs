using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// What large bodies cost sidecar-ambassador: they are passed on while they arrive, both ways.
public sealed class StreamedBodiesTests
{
    private const int Length = 512 * 1024 * 1024;
    private const int Chunk = 1024 * 1024;
    private const long MostBytesMore = 72 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("h2c", "2.0")]
    public async Task Half_a_gigabyte_passes_both_ways_and_the_process_hardly_grows(string scheme, string version)
    {
        int port = FreePort.Next(), listen = FreePort.Next();
        await using var service = await ServeAsync(port, scheme == "h2c" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var ambassador = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_FILES"] = string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}"),
                ["AMBASSADOR_ROUTE_FILES_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
                ["DOTNET_GCgen0size"] = "100000",
            },
            Cancellation);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listen}")),
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Assert.Equal("0", await SendAsync(client, 0));
        long before = ambassador.ReadUsage().ResidentBytes;
        long most = 0;

        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        byte[] buffer = new byte[Chunk];
        long received = 0;
        for (int count; (count = await body.ReadAtLeastAsync(buffer, Chunk, throwOnEndOfStream: false, Cancellation)) > 0; received += count)
            most = Math.Max(most, ambassador.ReadUsage().ResidentBytes);
        string sent = await SendAsync(client, Length);

        Assert.Equal(Length, received);
        Assert.Equal(Length.ToString(CultureInfo.InvariantCulture), sent);
        Assert.InRange(Math.Max(most, ambassador.ReadUsage().ResidentBytes) - before, long.MinValue, MostBytesMore);
    }

    // What the service counted.
    private static async Task<string> SendAsync(HttpClient client, int length)
    {
        using var content = new StreamContent(new MemoryStream(new byte[length], writable: false));
        using var answer = await client.PutAsync(new Uri("/", UriKind.Relative), content, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<WebApplication> ServeAsync(int port, HttpProtocols protocols)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocols));
        var service = builder.Build();
        service.Run(async context =>
        {
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
            byte[] buffer = new byte[Chunk];
            if (context.Request.Method == HttpMethods.Put)
            {
                long received = 0;
                for (int count; (count = await context.Request.Body.ReadAsync(buffer, Cancellation)) > 0;)
                    received += count;
                await context.Response.WriteAsync(received.ToString(CultureInfo.InvariantCulture), Cancellation);
                return;
            }

            for (int sent = 0; sent < (context.Request.Method == HttpMethods.Get ? Length : 0); sent += Chunk)
                await context.Response.Body.WriteAsync(buffer, Cancellation);
        });
        await service.StartAsync(Cancellation);
        return service;
    }
}
