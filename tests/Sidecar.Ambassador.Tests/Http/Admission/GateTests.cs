using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Ambassador.Http.Admission;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Admission;

public sealed class GateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_requests_are_under_way_than_allowed_a_few_wait_and_the_rest_hears_so_at_once()
    {
        var (now, most) = (0, 0);
        var mayGo = new TaskCompletionSource();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            await mayGo.Task;
            Interlocked.Decrement(ref now);
            await context.Response.WriteAsync("ok");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("MAX_REQUESTS", "2"), ("MAX_PENDING", "3"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var calls = Enumerable.Range(0, 9).Select(_ => client.GetAsync("/", Cancellation)).ToList();
        await Eventually.EqualAsync(4, () => calls.Count(call => call.IsCompleted));
        await Eventually.EqualAsync(2, () => Volatile.Read(ref now));
        mayGo.SetResult();
        var answers = await Task.WhenAll(calls);

        Assert.Equal((5, 4), (answers.Count(answer => answer.StatusCode == HttpStatusCode.OK), answers.Count(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable)));
        Assert.All(answers.Where(answer => !answer.IsSuccessStatusCode), answer => Assert.Contains("connection_limit_reached", Assert.Single(answer.Headers.GetValues("Proxy-Status"))));
        Assert.Equal((2, 5), (most, backend.Requests));
    }

    [Fact]
    public async Task No_endpoint_gets_more_connections_than_allowed_and_who_comes_then_waits_for_one()
    {
        var connections = new ConcurrentDictionary<string, bool>();
        var now = 0;
        var mayGo = new TaskCompletionSource();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            connections[context.Connection.Id] = true;
            Interlocked.Increment(ref now);
            await mayGo.Task;
            await context.Response.WriteAsync("ok");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("MAX_CONNECTIONS", "2"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var calls = Enumerable.Range(0, 7).Select(_ => client.GetStringAsync("/", Cancellation)).ToList();
        await Eventually.EqualAsync(2, () => Volatile.Read(ref now));
        await Eventually.EqualAsync(7, () => ambassador.Upstream().Endpoints.All[0].InFlight);
        mayGo.SetResult();

        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal("ok", answer));
        Assert.Equal(2, connections.Count);
    }

    [Fact]
    public async Task More_than_the_rate_is_told_to_come_back_later()
    {
        await using var backend = await HttpBackend.StartAsync("ok");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("RATE_LIMIT", "3/h"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var statuses = new List<int>();

        for (var i = 0; i < 5; i++)
        {
            using var answer = await client.GetAsync("/", Cancellation);
            statuses.Add((int)answer.StatusCode);
            if (i > 2) Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3600);
        }

        Assert.Equal([200, 200, 200, 429, 429], statuses);
        Assert.Equal(3, backend.Requests);
    }

    [Theory]
    [InlineData("100/s", 100, 1)]
    [InlineData("600/m", 600, 60)]
    [InlineData("1/h", 1, 3600)]
    public void A_rate_is_a_number_and_a_period(string text, int count, int seconds) =>
        Assert.Equal(new Rate(count, TimeSpan.FromSeconds(seconds)), Rate.Parse(text));

    [Theory]
    [InlineData("100")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("100/d")]
    [InlineData("1/s/s")]
    public void What_is_no_rate_is_refused(string text) => Assert.Null(Rate.Parse(text));

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
