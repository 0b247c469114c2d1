using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Telling;

/// Takes spans as an OpenTelemetry collector does, over HTTP, and decodes them.
internal sealed class CollectorStandIn : IAsyncDisposable
{
    private readonly ConcurrentQueue<byte[]> _bodies = [];
    private readonly WebApplication _app;

    private CollectorStandIn(int port)
    {
        TracesUrl = new Uri($"http://127.0.0.1:{port}/v1/traces");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            if (context.Request.Path == TracesUrl.AbsolutePath) _bodies.Enqueue(body.ToArray());
        });
    }

    public Uri TracesUrl { get; }

    public string Everything => string.Concat(_bodies.Select(Encoding.Latin1.GetString));

    public IReadOnlyList<ReceivedSpan> Spans =>
    [
        .. from body in _bodies
           from resource in ProtoField.In(body, number: 1)
           from scope in ProtoField.In(resource.Bytes, number: 2)
           from span in ProtoField.In(scope.Bytes, number: 2)
           select ReceivedSpan.Of(span.Bytes),
    ];

    public static async Task<CollectorStandIn> StartAsync()
    {
        var collector = new CollectorStandIn(FreePort.Next());
        await collector._app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
