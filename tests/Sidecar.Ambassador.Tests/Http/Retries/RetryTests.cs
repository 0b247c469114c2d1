using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Retries;

public sealed class RetryTests
{
    private static readonly (string, string) FirstOnly = ("BALANCE", "first");

    [Fact]
    public async Task Nobody_sees_that_one_of_two_backends_is_killed_under_load()
    {
        await using var one = await HttpBackend.StartAsync("one");
        await using var two = await HttpBackend.StartAsync("two");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url}");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var answers = 0;
        var killed = false;
        var answersAfterKill = 0;

        var callers = Enumerable.Range(0, 8).Select(async _ =>
        {
            while (Volatile.Read(ref answersAfterKill) < 400)
            {
                Assert.Contains(await client.GetStringAsync("/"), (string[])["one", "two"]);
                Interlocked.Increment(ref answers);
                if (Volatile.Read(ref killed)) Interlocked.Increment(ref answersAfterKill);
            }
        }).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref answers) > 200);
        await one.KillAsync();
        Volatile.Write(ref killed, true);
        await Task.WhenAll(callers);

        Assert.True(one.Requests > 0 && two.Requests > 0);
        Assert.Equal("down", Assert.Single(ambassador.Upstream().Endpoints.All, e => !e.Health.IsHealthy).Address.Port == one.Port ? "down" : "the wrong one");
        Assert.Equal(answers, ambassador.Count("sidecar.ambassador.http.requests{route=x,code=2xx}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("one order")]
    public async Task A_post_that_may_have_been_executed_is_never_sent_again(string body)
    {
        await using var backend = RawBackend.ForRequests(async (request, socket) =>
        {
            if (request.StartsWith("POST /reset")) RawBackend.Reset(socket);
            else await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            return !request.StartsWith("POST /reset");
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{backend.Port};{other.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 10; i++)
        {
            using var fine = await client.PostAsync($"/fine{i}", new StringContent(body), TestContext.Current.CancellationToken);
            using var reset = await client.PostAsync($"/reset{i}", new StringContent(body), TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.OK, fine.StatusCode);
            Assert.Equal(HttpStatusCode.BadGateway, reset.StatusCode);
        }

        Assert.Equal(20, backend.Executed.Count);
        Assert.Equal(20, backend.Executed.Distinct().Count());
        Assert.Equal(0, other.Requests);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task A_method_that_may_be_repeated_goes_elsewhere_when_the_connection_breaks(string method)
    {
        await using var breaking = RawBackend.ForRequests((_, socket) =>
        {
            RawBackend.Reset(socket);
            return Task.FromResult(false);
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{breaking.Port};{other.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, other.Requests);
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.retries{route=x,reason=reset}"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task An_endpoint_that_ends_the_connection_instead_of_an_answer_is_asked_once_and_then_another(string method)
    {
        await using var ending = RawBackend.ForRequests(async (request, socket) =>
        {
            var isFine = request.Contains("/fine");
            if (isFine) await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            return isFine;
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{ending.Port};{other.Url}", FirstOnly, ("EJECT_AFTER", "0"), ("EJECT_RATE", "0"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        foreach (var path in (string[])["/new", "/fine", "/kept"])
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.Equal([$"{method} /new|", $"{method} /fine|", $"{method} /kept|"], ending.Executed);
        Assert.Equal(2, other.Requests);
        Assert.Equal(2, ambassador.Count("sidecar.ambassador.retries{route=x,reason=reset}"));
    }

    [Fact]
    public async Task A_refused_connection_is_made_good_for_every_method_even_without_retries()
    {
        await using var backend = await HttpBackend.StartAsync(async context =>
            await context.Response.WriteAsync(await new StreamReader(context.Request.Body).ReadToEndAsync()));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()};{backend.Url}", FirstOnly, ("RETRIES", "0"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 5; i++)
        {
            using var answer = await client.PostAsync("/", new StringContent($"order {i}"), TestContext.Current.CancellationToken);
            Assert.Equal($"order {i}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(5, backend.Requests);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task An_endpoint_that_can_not_serve_is_passed_over_for_a_get_and_heard_for_a_post(int status)
    {
        await using var sick = await HttpBackend.StartAsync(async context =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("sick");
        });
        await using var sound = await HttpBackend.StartAsync("sound");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{sick.Url};{sound.Url}", FirstOnly);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var get = await client.GetAsync("/", TestContext.Current.CancellationToken);
        using var post = await client.PostAsync("/", new StringContent("x"), TestContext.Current.CancellationToken);

        Assert.Equal((200, "sound"), ((int)get.StatusCode, await get.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal((status, "sick"), ((int)post.StatusCode, await post.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task When_all_endpoints_answer_503_the_last_answer_is_what_the_caller_gets_after_two_retries()
    {
        RequestDelegate sick = context =>
        {
            context.Response.StatusCode = 503;
            return context.Response.WriteAsync("from upstream");
        };
        await using var one = await HttpBackend.StartAsync(sick);
        await using var two = await HttpBackend.StartAsync(sick);
        await using var three = await HttpBackend.StartAsync(sick);
        await using var four = await HttpBackend.StartAsync(sick);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{one.Url};{two.Url};{three.Url};{four.Url}");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal((503, "from upstream"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(3, one.Requests + two.Requests + three.Requests + four.Requests);
    }

    [Fact]
    public async Task When_no_endpoint_can_be_reached_the_answer_names_route_and_reason()
    {
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()},127.0.0.1:{FreePort.Next()}");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.PostAsync("/", new StringContent("x"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("1", Assert.Single(answer.Headers.GetValues("Retry-After")));
        Assert.Equal(
            "sidecar-ambassador: route 'x': no endpoint can be reached: connection refused\n",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => ambassador.State.Troubles.Any(trouble => trouble is { Name: "route x", IsOn: true }));
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_no_fault_at_start_and_named_in_the_answer()
    {
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync("http://nowhere.invalid:80");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("the name 'nowhere.invalid' does not resolve", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_backend_that_closes_idle_connections_costs_no_get_and_doubles_no_post()
    {
        await using var backend = RawBackend.ForRequests(
            async (_, socket) =>
            {
                await RawBackend.SendAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                return true;
            },
            idle: TimeSpan.FromMilliseconds(200));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            for (var i = 0; i < 15 && await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken); i++)
            {
                Assert.Equal("ok", await client.GetStringAsync($"/{caller}/{i}", TestContext.Current.CancellationToken));
                using var post = await client.PostAsync($"/{caller}/{i}", new StringContent("x"), TestContext.Current.CancellationToken);
            }
        }));

        var posts = backend.Executed.Where(request => request.StartsWith("POST")).ToList();
        Assert.Equal(posts.Distinct().Count(), posts.Count);
        Assert.True(backend.Accepted > 8, "the backend never closed a connection");
    }

    [Fact]
    public async Task A_caller_that_leaves_does_not_speak_against_the_endpoint()
    {
        var entered = new SemaphoreSlim(0);
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            entered.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var other = await HttpBackend.StartAsync("other");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"{backend.Url};{other.Url}", FirstOnly);
        await using var _ = ambassador;
        ambassador.ExpectSlowAnswers();
        using var client = RunningAmbassador.Client(port);

        for (var i = 0; i < 5; i++)
        {
            using var leaving = new CancellationTokenSource();
            var call = client.GetAsync("/", leaving.Token);
            await entered.WaitAsync(TestContext.Current.CancellationToken);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        await Eventually.TrueAsync(() => ambassador.Upstream().Endpoints.All[0].InFlight == 0);
        Assert.True(ambassador.Upstream().Endpoints.All[0].Health.IsHealthy);
        Assert.Equal((5, 0), (backend.Requests, other.Requests));
    }
}
