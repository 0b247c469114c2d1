using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Tests.Http;

public sealed class EventStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Each_event_arrives_when_it_is_sent_and_a_silent_stream_is_neither_cut_nor_asked_for_twice(string version)
    {
        var next = new SemaphoreSlim(0);
        var left = new TaskCompletionSource();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            if (context.Request.Method == "OPTIONS") return;
            context.Response.ContentType = "text/event-stream";
            context.RequestAborted.Register(left.SetResult);
            for (var i = 0; ; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync($"data: {i}\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"{backend.Url};{other.Url}", ("BALANCE", "first"), ("TIMEOUT", "200ms"), ("HEDGE", "20ms"), ("CACHE", "1MiB"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));

        next.Release();
        using (var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation))
        using (var events = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation)))
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal($"data: {i}", await events.ReadLineAsync(Cancellation));
                Assert.Equal("", await events.ReadLineAsync(Cancellation));
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancellation);
                next.Release();
            }
        }

        await left.Task.WaitAsync(Cancellation);
        Assert.Equal((1, 0), (backend.Requests, other.Requests));
    }
}
