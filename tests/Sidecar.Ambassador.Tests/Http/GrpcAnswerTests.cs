using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

/// What a gRPC client of .NET makes of the ambassador's own answers.
public sealed class GrpcAnswerTests
{
    private static readonly Marshaller<byte[]> Bytes = new(bytes => bytes, bytes => bytes);

    private static readonly Method<byte[], byte[]> Unary = new(MethodType.Unary, "test.Echo", "Unary", Bytes, Bytes);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("away", StatusCode.Unavailable, "no endpoint can be reached: connection refused", "connection_refused")]
    [InlineData("breaks", StatusCode.Unavailable, "the connection broke before an answer began", "connection_terminated")]
    [InlineData("silent", StatusCode.DeadlineExceeded, "no answer began within ", "http_response_timeout")]
    [InlineData("denied", StatusCode.PermissionDenied, "the request is refused: it is denied by 'POST /test.Echo/**'", "http_request_denied")]
    [InlineData("rate", StatusCode.ResourceExhausted, "more requests than the route's rate", "http_request_denied")]
    [InlineData("large", StatusCode.ResourceExhausted, "the request is refused: its body is larger than 10 bytes", "http_request_error")]
    [InlineData("breaker", StatusCode.Unavailable, "the circuit breaker is open: 1 of 1 requests failed", "destination_unavailable")]
    [InlineData("route", StatusCode.Unimplemented, "the request is refused: no route of this listener takes its host and path", "destination_not_found")]
    public async Task A_call_that_the_ambassador_answers_itself_has_a_status_of_grpc(string what, StatusCode status, string detail, string error)
    {
        await using var service = new RawBackend(async (socket, token) =>
        {
            var heard = await socket.ReceiveAsync(new byte[4096], token);
            if (what is "silent" or "large") await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            if (heard > 0) RawBackend.Reset(socket);
        });
        var setting = what switch
        {
            "silent" => ("TRY_TIMEOUT", "200ms"),
            "denied" => ("DENY", "POST /test.Echo/**"),
            "rate" => ("RATE_LIMIT", "1/h"),
            "large" => ("MAX_BODY", "10B"),
            "breaker" => ("BREAKER", "50"),
            "route" => ("PATHS", "/other"),
            _ => ("RETRIES", "0"),
        };
        var upstream = what == "away" ? FreePort.Next() : service.Port;
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{upstream}", setting, ("BREAKER_REQUESTS", "1"));
        await using var _ = ambassador;
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        if (what is "rate" or "breaker") await FailAsync(channel, new byte[1]);

        var failure = await FailAsync(channel, new byte[100]);

        Assert.Equal(status, failure.StatusCode);
        Assert.StartsWith($"sidecar-ambassador: route '{(what == "route" ? "-" : "x")}': {detail}", failure.Status.Detail);
        Assert.Contains($"error={error}", failure.Trailers.GetValue("proxy-status"));
        var code = status is StatusCode.PermissionDenied or StatusCode.ResourceExhausted ? "4xx" : "5xx";
        if (what != "route") Assert.InRange(ambassador.Count($"sidecar.ambassador.http.requests{{route=x,code={code}}}"), 1, 2);
    }

    [Theory]
    [InlineData("5", "4xx")]
    [InlineData("14", "5xx")]
    public async Task An_error_of_the_service_counts_as_what_it_is_though_HTTP_says_200(string status, string code)
    {
        using var volume = new TempVolume();
        await using var service = await HttpBackend.StartAsync(
            context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.AppendTrailer("grpc-status", status);
                return Task.CompletedTask;
            },
            HttpProtocols.Http2);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{service.Port}", ("ACCESS_LOG", $"file:{volume.PathOf("access")}"));
        await using var _ = ambassador;
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");

        Assert.Equal(status, $"{(int)(await FailAsync(channel, new byte[1])).StatusCode}");
        await Eventually.EqualAsync(1, () => ambassador.Count($"sidecar.ambassador.http.requests{{route=x,code={code}}}"));
        await Eventually.TrueAsync(() => File.Exists(volume.PathOf("access")) && File.ReadAllText(volume.PathOf("access")).Contains($"\"status\":200,\"grpc_status\":{status},", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_of_the_service_goes_through_as_it_is()
    {
        await using var service = await HttpBackend.StartAsync(
            async context =>
            {
                context.Response.ContentType = "application/grpc";
                context.Response.DeclareTrailer("grpc-status");
                await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 7, 9 }, Cancellation);
                context.Response.AppendTrailer("grpc-status", "0");
            },
            HttpProtocols.Http2);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"h2c://127.0.0.1:{service.Port}");
        await using var _ = ambassador;
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");

        Assert.Equal([7, 9], await channel.CreateCallInvoker().AsyncUnaryCall(Unary, host: null, new CallOptions(cancellationToken: Cancellation), [1]));
    }

    private static Task<RpcException> FailAsync(GrpcChannel channel, byte[] request) => Assert.ThrowsAsync<RpcException>(
        () => channel.CreateCallInvoker().AsyncUnaryCall(Unary, host: null, new CallOptions(cancellationToken: Cancellation), request).ResponseAsync);
}
