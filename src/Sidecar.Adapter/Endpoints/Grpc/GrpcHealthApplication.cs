using System.Buffers.Binary;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Adapter.Verdicts;

namespace Sidecar.Adapter.Endpoints.Grpc;

/// The health service of gRPC, written by hand because its two messages hold one field each: Check answers once, Watch at
/// every change. The service asked for is a group or a probe; none means ready, as for /health.
internal sealed class GrpcHealthApplication(VerdictSource source) : IHttpApplication<HttpContext>, IDisposable
{
    private const string Service = "/grpc.health.v1.Health/";
    private const int MaxRequestBytes = 1024;
    private const int FrameHeadBytes = 5;
    private const byte FirstFieldText = 0x0a;
    private const byte FirstFieldNumber = 0x08;

    private const string Ok = "0";
    private const string InvalidArgument = "3";
    private const string NotFound = "5";
    private const string Unimplemented = "12";

    private readonly CancellationTokenSource _ending = new();

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public void Dispose() => _ending.Dispose();

    /// Ends those who watch: a server that stops waits for them else.
    public void End() => _ending.Cancel();

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            context.Response.ContentType = "application/grpc";
            Finish(context, await AnswerAsync(context));
        }
        catch (Exception left) when (left is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // The caller went away.
        }
    }

    private async Task<string> AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        if (path is not (Service + "Check" or Service + "Watch"))
            return Unimplemented;

        if (await ReadServiceAsync(context.Request.Body, context.RequestAborted) is not { } service)
            return InvalidArgument;

        return path.EndsWith("Watch", StringComparison.Ordinal) ? await WatchAsync(context, service) : await CheckAsync(context, service);
    }

    private async Task<string> CheckAsync(HttpContext context, string service)
    {
        var status = StatusOf(source.Current, service);
        if (status == ServingStatus.ServiceUnknown)
            return NotFound;

        await WriteAsync(context, status);
        return Ok;
    }

    // Unlike Check it may ask for what is not there: it would be told when it comes, which here it never does.
    private async Task<string> WatchAsync(HttpContext context, string service)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        ServingStatus? said = null;
        while (!over.IsCancellationRequested)
        {
            var verdict = source.Current;
            var status = StatusOf(verdict, service);
            if (status != said)
            {
                await WriteAsync(context, status);
                said = status;
            }
            await source.ChangedAsync(verdict).WaitAsync(over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return Ok;
    }

    private static ServingStatus StatusOf(Verdict verdict, string service) => HealthAnswer.Of(verdict, NameOf(service)) switch
    {
        null => ServingStatus.ServiceUnknown,
        { IsUp: true } => ServingStatus.Serving,
        _ => ServingStatus.NotServing,
    };

    // Kubernetes' convention for telling the two questions apart is name-liveness and name-readiness.
    private static string NameOf(string service) =>
        service.Length == 0 || service.EndsWith("readiness", StringComparison.Ordinal) ? GroupPlans.Ready
        : service.EndsWith("liveness", StringComparison.Ordinal) ? GroupPlans.Live
        : service;

    private static async Task<string?> ReadServiceAsync(Stream body, CancellationToken cancellation)
    {
        var request = new byte[MaxRequestBytes];
        var length = await body.ReadAtLeastAsync(request, request.Length, throwOnEndOfStream: false, cancellation);
        if (length < FrameHeadBytes || request[0] != 0 || BinaryPrimitives.ReadInt32BigEndian(request.AsSpan(1)) != length - FrameHeadBytes)
            return null;

        var message = request.AsSpan(FrameHeadBytes, length - FrameHeadBytes);
        if (message.Length == 0)
            return "";

        return message.Length >= 2 && message[0] == FirstFieldText && message[1] < 0x80 && message.Length == 2 + message[1]
            ? Encoding.UTF8.GetString(message[2..])
            : null;
    }

    private static async Task WriteAsync(HttpContext context, ServingStatus status)
    {
        byte[] frame = [0, 0, 0, 0, 2, FirstFieldNumber, (byte)status];
        await context.Response.BodyWriter.WriteAsync(frame, context.RequestAborted);
    }

    // The status follows the messages; without any it may stand in the headers.
    private static void Finish(HttpContext context, string code)
    {
        if (context.Response.HasStarted)
            context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers["grpc-status"] = code;
        else
            context.Response.Headers["grpc-status"] = code;
    }
}
