using System.Net;
using System.Net.Sockets;
using Sidecar.Ambassador.Http.Retries;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Retries;

public sealed class RetryBudgetTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_share_of_the_requests_may_be_sent_again_and_a_few_in_any_case()
    {
        var quiet = new RetryBudget(20, _time);
        var busy = new RetryBudget(20, _time);

        for (var i = 0; i < 1000; i++) busy.Requested();

        Assert.Equal(10, TakeAll(quiet));
        Assert.Equal(200, TakeAll(busy));
    }

    [Fact]
    public void What_was_ten_seconds_ago_counts_no_more()
    {
        var budget = new RetryBudget(20, _time);
        for (var i = 0; i < 100; i++) budget.Requested();
        TakeAll(budget);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(budget.HasRoom);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(10, TakeAll(budget));
    }

    [Fact]
    public void Nothing_is_sent_again_when_none_may_be() => Assert.False(new RetryBudget(0, _time).HasRoom);

    [Fact]
    public async Task While_every_endpoint_fails_the_load_grows_by_a_fifth_at_most()
    {
        Microsoft.AspNetCore.Http.RequestDelegate sick = context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        await using var one = await HttpBackend.StartAsync(sick);
        await using var two = await HttpBackend.StartAsync(sick);
        await using var three = await HttpBackend.StartAsync(sick);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url};{three.Url}", ("EJECT_AFTER", "0"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        const int Requests = 1000;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < Requests / 8; i++)
            {
                using var answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            }
        }));

        var tries = one.Requests + two.Requests + three.Requests;
        Assert.InRange(tries, Requests + 1, (int)(Requests * 1.2) + 8);
    }

    [Fact]
    public async Task While_every_endpoint_ends_connections_without_an_answer_the_load_grows_by_a_fifth_at_most()
    {
        await using var one = RawBackend.ForRequests(AnswerOrEndAsync);
        await using var two = RawBackend.ForRequests(AnswerOrEndAsync);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{one.Port},127.0.0.1:{two.Port}", ("MAX_CONNECTIONS", "4"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        const int Requests = 400;

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            for (var i = 0; i < Requests / 16; i++)
            {
                using var fine = await client.GetAsync("/fine", TestContext.Current.CancellationToken);
                using var ended = await client.GetAsync("/end", TestContext.Current.CancellationToken);
                Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadGateway), (fine.StatusCode, ended.StatusCode));
            }
        }));

        var tries = one.Executed.Concat(two.Executed).Count(request => request == "GET /end|");
        Assert.InRange(tries, Requests + 1, Requests + (int)(2 * Requests * 0.2) + 16);

        static async Task<bool> AnswerOrEndAsync(string request, Socket socket)
        {
            if (request != "GET /fine|") return false;
            await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            return true;
        }
    }

    private static int TakeAll(RetryBudget budget)
    {
        var taken = 0;
        for (; budget.HasRoom; taken++) budget.Take();
        return taken;
    }
}
