using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Retries;

public sealed class OutageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_a_queue_timeout_an_outage_of_all_endpoints_costs_time_and_no_request_not_even_a_post()
    {
        var posts = 0;
        RequestDelegate echo = context =>
        {
            if (context.Request.Method == "POST") Interlocked.Increment(ref posts);
            return context.Request.Body.CopyToAsync(context.Response.Body);
        };
        var one = await HttpBackend.StartAsync(echo);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};http://127.0.0.1:{FreePort.Next()}", ("QUEUE_TIMEOUT", "15s"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        await one.DisposeAsync();
        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All.All(endpoint => !endpoint.Health.IsHealthy));

        var calls = Enumerable.Range(0, 20).Select(i => client.PostAsync("/", new StringContent($"order {i}"), Cancellation)).ToList();
        await Eventually.TrueAsync(() => ambassador.Count("sidecar.ambassador.retries{route=x,reason=connect}") >= 20);
        await using var again = await HttpBackend.StartAsync(echo, one.Port);
        var answers = await Task.WhenAll(calls);

        for (var i = 0; i < calls.Count; i++)
            Assert.Equal($"order {i}", await answers[i].Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(20, posts);
    }

    [Fact]
    public async Task An_outage_that_lasts_longer_is_an_error_with_its_reason()
    {
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()}", ("QUEUE_TIMEOUT", "300ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var began = TimeProvider.System.GetTimestamp();

        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(300));
        Assert.Contains("connection refused", await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
