using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

/// Whoever listens to spans changes what every request in the process carries on.
[Collection(nameof(AloneInTheProcess))]
public sealed class SpanTests
{
    [Fact]
    public async Task While_spans_are_recorded_each_try_is_one_and_the_endpoint_is_its_child()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TraceContext.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var backend = await HttpBackend.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["traceparent"].ToString()));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()};{backend.Url}", ("BALANCE", "first"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        var seen = await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        await Eventually.EqualAsync(3, () => spans.Count);

        var request = Assert.Single(spans, span => span.Kind == ActivityKind.Server);
        var tries = spans.Where(span => span.Kind == ActivityKind.Client).ToList();
        Assert.Equal("b7ad6b7169203331", request.ParentSpanId.ToHexString());
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], tries.Select(span => span.Status));
        Assert.All(tries, span => Assert.Equal(request.SpanId, span.ParentSpanId));
        Assert.Equal($"00-0af7651916cd43dd8448eb211c80319c-{tries[1].SpanId}-01", seen);
    }
}
