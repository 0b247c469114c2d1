using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;
using Sidecar.Ambassador.Http.Telling;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Telling;

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

    [Fact]
    public async Task A_collector_gets_the_request_and_its_tries_with_the_endpoint_chosen_and_why()
    {
        await using var collector = await CollectorStandIn.StartAsync();
        using var traces = Sdk.CreateTracerProviderBuilder().AddSource(TraceContext.SourceName).AddOtlpExporter(exporter =>
        {
            exporter.Endpoint = collector.TracesUrl;
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        }).Build();
        await using var backend = await HttpBackend.StartAsync(context => context.Response.WriteAsync(context.Request.Headers["baggage"] + "|" + context.Request.Headers["tracestate"]));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"http://127.0.0.1:{FreePort.Next()};{backend.Url}", ("BALANCE", "first"), ("CONTEXT_HEADERS", "X-Tenant;X-Api-Key"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        client.DefaultRequestHeaders.Add("tracestate", "vendor=1");
        client.DefaultRequestHeaders.Add("baggage", "tenant=7");
        client.DefaultRequestHeaders.Add("X-Request-Id", "order-1");
        client.DefaultRequestHeaders.Add("X-Tenant", "7");
        client.DefaultRequestHeaders.Add("X-Api-Key", "s3cret");

        Assert.Equal("tenant=7|vendor=1", await client.GetStringAsync("/orders?card=4711", TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => traces.ForceFlush() && collector.Spans.Count == 3);

        var request = Assert.Single(collector.Spans, span => span.Name == "GET");
        var tries = collector.Spans.Where(span => span.Name == "try").OrderBy(span => span["http.request.resend_count"], StringComparer.Ordinal).ToList();
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"), (request.TraceId, request.ParentId));
        Assert.Equal(("/orders", "200", "order-1", "7", "***"), (
            request["url.path"], request["http.response.status_code"], request["sidecar.request_id"],
            request["http.request.header.x-tenant"], request["http.request.header.x-api-key"]));
        Assert.All(tries, span => Assert.Equal((request.TraceId, request.SpanId), (span.TraceId, span.ParentId)));
        Assert.Equal(["the first", "the first, after no connection"], tries.Select(span => span["sidecar.endpoint.why"]));
        Assert.Equal([true, false], tries.Select(span => span.IsError));
        Assert.Equal(("no connection", $"{backend.Port}", "200"), (tries[0]["error.type"], tries[1]["server.port"], tries[1]["http.response.status_code"]));
        Assert.DoesNotContain("4711", collector.Everything);
        Assert.DoesNotContain("s3cret", collector.Everything);
    }
}
