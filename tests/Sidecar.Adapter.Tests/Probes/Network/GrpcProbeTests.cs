using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Testing;

namespace Sidecar.Adapter.Tests.Probes.Network;

public sealed class GrpcProbeTests
{
    private string? _trace;

    [Theory]
    [InlineData("", "pass: SERVING at 127.0.0.1")]
    [InlineData("orders", "fail: NOT_SERVING at 127.0.0.1, expected SERVING")]
    [InlineData("starting", "fail: UNKNOWN at 127.0.0.1, expected SERVING")]
    [InlineData("stranger", "fail: the server knows no service 'stranger' at 127.0.0.1")]
    [InlineData("broken", "fail: the answer is not that of a health service at 127.0.0.1")]
    public async Task The_status_of_the_service_decides(string service, string expected)
    {
        var port = FreePort.Next();
        await using var server = await StartAsync(port);
        using var probe = new GrpcProbe(new NetworkTarget("localhost", port), service, null, TimeProvider.System);

        for (var question = 0; question < 2; question++)
        {
            var result = await probe.AskAsync(TestContext.Current.CancellationToken);
            Assert.Equal(expected, $"{result.Outcome}: {result.Reason}");
            Assert.Equal(_trace, result.TraceId);
        }
    }

    [Fact]
    public async Task A_server_that_speaks_no_gRPC_or_is_not_there_is_a_miss()
    {
        await using var http1 = await LoopbackServer.StartAsync(context => context.Response.WriteAsync("hello"));
        using var wrong = new GrpcProbe(new NetworkTarget("localhost", http1.Port), "", null, TimeProvider.System);
        using var nobody = new GrpcProbe(new NetworkTarget("127.0.0.1", FreePort.Next()), "", null, TimeProvider.System);

        Assert.Equal(Answer.Fail, (await wrong.AskAsync(TestContext.Current.CancellationToken)).Answer);
        Assert.Equal(ProbeResult.Failed("connection refused at 127.0.0.1"), await nobody.AskAsync(TestContext.Current.CancellationToken));
    }

    // The service as the protocol describes it: one frame in, one frame and a trailer out.
    private async Task<WebApplication> StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var request = new MemoryStream();
        await context.Request.Body.CopyToAsync(request);
        var service = request.Length > 7 ? System.Text.Encoding.UTF8.GetString(request.ToArray().AsSpan(7)) : "";
        Assert.Equal(("/grpc.health.v1.Health/Check", "application/grpc", "trailers"), (context.Request.Path.Value, context.Request.ContentType, context.Request.Headers.TE.ToString()));
        _trace = context.Request.Headers["traceparent"].ToString().Split('-')[1];
        context.Response.ContentType = "application/grpc";
        if (service == "stranger")
        {
            context.Response.AppendTrailer("grpc-status", "5");
            return;
        }

        byte[] message = service switch
        {
            "" => [0x08, 1],
            "orders" => [0x08, 2],
            "starting" => [],
            _ => [0x12, 1, 1],
        };
        await context.Response.Body.WriteAsync((byte[])[0, 0, 0, 0, (byte)message.Length, .. message]);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
