using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Faults;

public sealed class ProxyStatusTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Along_three_ambassadors_the_first_entry_names_the_place_that_is_broken()
    {
        var status = 200;
        var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref status);
            return context.Response.WriteAsync("from the service");
        });
        var (first, second, third) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await using var a = await StartAsync("a", first, second);
        var b = await StartAsync("b", second, third);
        var c = await StartAsync("c", third, backend.Port);
        using var client = RunningAmbassador.Client(first);

        var sound = await AskAsync(client);
        Volatile.Write(ref status, 500);
        var sick = await AskAsync(client);
        await backend.DisposeAsync();
        var withoutBackend = await AskAsync(client);
        await c.DisposeAsync();
        var withoutThird = await AskAsync(client);
        await b.DisposeAsync();
        var withoutSecond = await AskAsync(client);

        Assert.Equal((200, 0), (sound.Status, sound.Entries.Count));
        Assert.Equal(500, sick.Status);
        Assert.Equal(
            [
                $"sidecar-ambassador/c; next-hop=\"127.0.0.1:{backend.Port}\"; received-status=500",
                $"sidecar-ambassador/b; next-hop=\"127.0.0.1:{third}\"; received-status=500",
                $"sidecar-ambassador/a; next-hop=\"127.0.0.1:{second}\"; received-status=500",
            ],
            sick.Entries);
        Assert.Equal((503, 3), (withoutBackend.Status, withoutBackend.Entries.Count));
        Assert.Equal(
            $"sidecar-ambassador/c; next-hop=\"127.0.0.1:{backend.Port}\"; error=connection_refused; details=\"no endpoint can be reached: connection refused\"",
            withoutBackend.Entries[0]);
        Assert.Equal((503, 2), (withoutThird.Status, withoutThird.Entries.Count));
        Assert.StartsWith($"sidecar-ambassador/b; next-hop=\"127.0.0.1:{third}\"; error=connection_refused", withoutThird.Entries[0]);
        Assert.StartsWith($"sidecar-ambassador/a; next-hop=\"127.0.0.1:{second}\"; error=connection_refused", Assert.Single(withoutSecond.Entries));
        Assert.Equal(3, a.Count("sidecar.ambassador.faults{route=a,origin=deeper}"));
        Assert.Equal(1, a.Count("sidecar.ambassador.faults{route=a,origin=network}"));
    }

    [Fact]
    public async Task An_error_of_the_endpoint_is_its_own_fault_and_a_caller_that_leaves_the_apps()
    {
        var entered = new SemaphoreSlim(0);
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            context.Response.StatusCode = 500;
            if (context.Request.Path != "/wait") return;
            entered.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        using var leaving = new CancellationTokenSource();

        await AskAsync(client);
        var call = client.GetAsync("/wait", leaving.Token);
        await entered.WaitAsync(Cancellation);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        await Eventually.EqualAsync(1, () => ambassador.Count("sidecar.ambassador.faults{route=x,origin=app}"));
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.faults{route=x,origin=endpoint}"));
    }

    [Theory]
    [InlineData("http://nowhere.invalid", 503, "error=dns_error")]
    [InlineData("hung", 504, "error=http_response_timeout")]
    [InlineData("reset", 502, "error=connection_terminated")]
    [InlineData("https", 503, "error=tls_")]
    public async Task An_answer_of_our_own_says_in_the_words_of_the_standard_what_was_wrong(string upstream, int status, string error)
    {
        await using var backend = RawBackend.ForRequests((_, socket) =>
        {
            if (upstream == "reset") RawBackend.Reset(socket);
            return Task.FromResult(upstream != "reset");
        });
        await using var plain = await HttpBackend.StartAsync("plain");
        var url = upstream switch
        {
            "hung" or "reset" => $"http://127.0.0.1:{backend.Port}",
            "https" => $"https://127.0.0.1:{plain.Port}",
            _ => upstream,
        };
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(url, ("TIMEOUT", "200ms"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var answer = await AskAsync(client, HttpMethod.Post);

        Assert.Equal(status, answer.Status);
        Assert.Contains(error, Assert.Single(answer.Entries));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nabc")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    public async Task An_answer_that_can_not_be_read_is_the_endpoints_fault_and_what_may_be_repeated_goes_elsewhere(string words)
    {
        await using var backend = RawBackend.ForRequests(async (_, socket) =>
        {
            await RawBackend.SendAsync(socket, words);
            return false;
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{backend.Port},127.0.0.1:{other.Port}", ("BALANCE", "first"), ("EJECT_AFTER", "2"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        var posted = await AskAsync(client, HttpMethod.Post);
        var got = await AskAsync(client);

        Assert.Equal(StatusCodes.Status502BadGateway, posted.Status);
        Assert.Contains("error=http_protocol_error", Assert.Single(posted.Entries));
        Assert.Equal(StatusCodes.Status200OK, got.Status);
        Assert.Equal(1, other.Requests);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.faults{route=x,origin=endpoint}"));
        Assert.Equal("the answer could not be read as HTTP, 2 times in a row", ambassador.Upstream().Endpoints.All[0].Health.DownReason);
    }

    private static Task<RunningAmbassador> StartAsync(string name, int listen, int upstream) => RunningAmbassador.StartAsync(
        ($"AMBASSADOR_ROUTE_{name.ToUpperInvariant()}", $"http://127.0.0.1:{upstream}"), ($"AMBASSADOR_ROUTE_{name.ToUpperInvariant()}_LISTEN", listen.ToString()));

    private static async Task<(int Status, IReadOnlyList<string> Entries)> AskAsync(HttpClient client, HttpMethod? method = null)
    {
        using var answer = await client.SendAsync(new HttpRequestMessage(method ?? HttpMethod.Get, "/"), Cancellation);
        return ((int)answer.StatusCode, answer.Headers.TryGetValues("Proxy-Status", out var entries) ? [.. entries] : []);
    }
}
