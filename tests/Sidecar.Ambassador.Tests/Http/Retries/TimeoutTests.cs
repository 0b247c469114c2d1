using System.Net;

namespace Sidecar.Ambassador.Tests.Http.Retries;

public sealed class TimeoutTests
{
    private static readonly (string, string) FirstOnly = ("BALANCE", "first");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silent_endpoint_is_given_up_after_the_timeout()
    {
        await using var silent = Silent();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{silent.Port}", ("TIMEOUT", "300ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Contains("no answer began within ", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("GET", HttpStatusCode.OK)]
    [InlineData("POST", HttpStatusCode.GatewayTimeout)]
    public async Task A_try_that_takes_too_long_is_made_elsewhere_if_it_may_be_repeated(string method, HttpStatusCode status)
    {
        await using var silent = Silent();
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{silent.Port};{other.Url}", FirstOnly, ("TRY_TIMEOUT", "1s"));
        await using var _ = ambassador;
        ambassador.ExpectSlowAnswers();
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"), Cancellation);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, ambassador.Count("sidecar.ambassador.retries{route=x,reason=timeout}"));
    }

    [Fact]
    public async Task All_tries_together_end_at_the_deadline()
    {
        await using var silent = Silent();
        await using var silentToo = Silent();
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            $"http://127.0.0.1:{silent.Port},127.0.0.1:{silentToo.Port}", ("TRY_TIMEOUT", "300ms"), ("DEADLINE", "400ms"), ("RETRIES", "10"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var began = TimeProvider.System.GetTimestamp();

        using var answer = await client.GetAsync("/", Cancellation);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Contains("no answer began within ", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0.4, 10);
    }

    [Fact]
    public async Task An_answer_that_has_begun_is_not_cut_by_the_time_limits_of_tries()
    {
        await using var slow = RawBackend.ForRequests(async (_, socket) =>
        {
            await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, Cancellation);
            await RawBackend.SendAsync(socket, "def");
            return true;
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{slow.Port}", ("TRY_TIMEOUT", "300ms"), ("DEADLINE", "300ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("abcdef", await client.GetStringAsync("/", Cancellation));
    }

    // Answers what asks whether it lives, so that it does not pass for hung.
    private static RawBackend Silent() => RawBackend.ForRequests(async (request, socket) =>
    {
        if (request.StartsWith("OPTIONS")) await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        return true;
    });
}
