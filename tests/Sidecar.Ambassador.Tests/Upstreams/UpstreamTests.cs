using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Checks;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Upstreams;

public sealed class UpstreamTests
{
    private readonly ManualTime _time = new();
    private readonly AgentState _state;

    public UpstreamTests() => _state = new AgentState(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void First_means_the_first_that_is_up()
    {
        var upstream = Make("tcp://10.0.0.1:1,10.0.0.2:1,10.0.0.3:1", Balance.First);
        var (one, two) = (upstream.Endpoints.All[0], upstream.Endpoints.All[1]);

        Assert.Same(one, upstream.Choose(default));
        Fail(upstream, one, times: 2);
        Assert.Same(two, upstream.Choose(default));
        upstream.CheckPassed(one);
        Assert.Same(one, upstream.Choose(default));
    }

    [Fact]
    public void P2c_takes_the_less_busy_one_and_never_a_tried_one()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.P2c);
        var (one, two) = (upstream.Endpoints.All[0], upstream.Endpoints.All[1]);
        one.Begin();
        var tried = default(TriedEndpoints);

        for (var i = 0; i < 100; i++) Assert.Same(two, upstream.Choose(tried));
        tried.Add(two);
        Assert.Same(one, upstream.Choose(tried));
        tried.Add(one);
        Assert.Null(upstream.Choose(tried));
    }

    [Fact]
    public void P2c_spreads_evenly_over_idle_endpoints()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4", Balance.P2c);

        var counts = Enumerable.Range(0, 4000).GroupBy(_ => upstream.Choose(default)).Select(group => group.Count());

        Assert.All(counts, count => Assert.InRange(count, 800, 1200));
    }

    [Fact]
    public void Failures_of_users_never_turn_the_last_endpoint_down()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.First);
        var (one, two) = (upstream.Endpoints.All[0], upstream.Endpoints.All[1]);

        Fail(upstream, one, times: 2);
        Fail(upstream, two, times: 10);

        Assert.Equal((false, true), (one.Health.IsHealthy, two.Health.IsHealthy));
        Assert.True(_state.Degraded("route x").IsOn);
    }

    [Fact]
    public void One_failure_is_forgotten_by_the_next_success()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.First);
        var one = upstream.Endpoints.All[0];

        for (var i = 0; i < 10; i++)
        {
            Fail(upstream, one, times: 1);
            one.Worked();
        }

        Assert.True(one.Health.IsHealthy);
    }

    [Fact]
    public void Each_time_that_an_endpoint_answers_badly_it_is_left_for_twice_as_long()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.First);
        var one = upstream.Endpoints.All[0];
        var pauses = new List<double>();

        for (var i = 0; i < 8; i++)
        {
            for (var bad = 0; bad < 5; bad++) upstream.AnsweredBadly(one, "answered 503", retryAfter: null);
            Assert.False(one.Health.IsHealthy);
            var began = _time.GetUtcNow();
            while (!one.Health.IsHealthy)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                upstream.CheckPassed(one);
            }

            pauses.Add((_time.GetUtcNow() - began).TotalSeconds);
        }

        Assert.Equal([2, 4, 8, 16, 32, 60, 60, 60], pauses);
    }

    [Fact]
    public void The_status_page_says_why_an_endpoint_is_left_and_when_it_may_come_back()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.First);
        var one = upstream.Endpoints.All[0];

        upstream.AnsweredBadly(one, "answered 503", TimeSpan.FromSeconds(20));
        var (left, well) = (UpstreamLoops.Status(one), UpstreamLoops.Status(upstream.Endpoints.All[1]));

        Assert.Equal(("down", "answered 503 and asked for 20 s"), ((string?)left["state"], (string?)left["reason"]));
        Assert.Equal(_time.GetUtcNow().AddSeconds(20), DateTimeOffset.Parse((string)left["not_before"]!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(("up", null, null), ((string?)well["state"], (string?)well["reason"], (string?)well["not_before"]));
    }

    [Fact]
    public void A_good_answer_between_bad_ones_keeps_an_endpoint_and_the_last_one_is_kept_in_any_case()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.First);
        var (one, two) = (upstream.Endpoints.All[0], upstream.Endpoints.All[1]);

        for (var i = 0; i < 20; i++)
        {
            upstream.AnsweredBadly(one, "answered 503", retryAfter: null);
            if (i % 4 == 3) one.Answered();
        }

        Assert.True(one.Health.IsHealthy);
        upstream.CheckFailed(two, "refused");
        upstream.CheckFailed(two, "refused");
        for (var i = 0; i < 20; i++) upstream.AnsweredBadly(one, "answered 503", TimeSpan.FromSeconds(9));
        Assert.False(upstream.Hangs(one));
        Assert.True(one.Health.IsHealthy);
    }

    [Fact]
    public void When_all_are_down_they_are_tried_all_the_same()
    {
        var upstream = Make("http://10.0.0.1,10.0.0.2", Balance.First);
        foreach (var endpoint in upstream.Endpoints.All)
        {
            upstream.CheckFailed(endpoint, "refused");
            upstream.CheckFailed(endpoint, "refused");
        }

        Assert.Same(upstream.Endpoints.All[0], upstream.Choose(default));
        Assert.Equal("refused", upstream.WhyNone());
        Assert.True(_state.Degraded("route x").IsOn);
        upstream.CheckPassed(upstream.Endpoints.All[1]);
        Assert.Same(upstream.Endpoints.All[1], upstream.Choose(default));
        Assert.False(_state.Degraded("route x").IsOn);
    }

    [Fact]
    public async Task Checks_come_at_their_interval_and_every_second_while_an_endpoint_is_down()
    {
        var upstream = Make("http://10.0.0.1", Balance.First);
        var checks = 0;
        string? answer = null;
        var health = new HealthChecks(upstream, new HealthOptions(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)), (_, _) =>
        {
            checks++;
            return Task.FromResult(new CheckResult(answer));
        }, _time, draw: () => 0);

        await RunAsync(health, TimeSpan.FromSeconds(10));
        Assert.Equal(2, checks);
        answer = "refused";
        await RunAsync(health, TimeSpan.FromSeconds(10));
        Assert.Equal("refused", upstream.Endpoints.All[0].Health.DownReason);
        Assert.InRange(checks, 10, 13);
        answer = null;
        await RunAsync(health, TimeSpan.FromSeconds(2));
        Assert.True(upstream.Endpoints.All[0].Health.IsHealthy);
    }

    [Theory]
    [InlineData(0.0, 5000)]
    [InlineData(0.5, 4750)]
    [InlineData(1.0, 4500)]
    public async Task The_next_check_comes_up_to_a_tenth_sooner_so_that_many_ambassadors_do_not_ask_at_once(double drawn, int milliseconds)
    {
        var upstream = Make("http://10.0.0.1", Balance.First);
        List<TimeSpan> at = [];
        var health = new HealthChecks(upstream, new HealthOptions(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)), (_, _) =>
        {
            at.Add(_time.GetElapsedTime(0));
            return Task.FromResult(CheckResult.Passed);
        }, _time, draw: () => drawn);

        await RunAsync(health, TimeSpan.FromSeconds(6));

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), at[1] - at[0]);
    }

    [Fact]
    public async Task A_check_that_gets_no_answer_in_time_has_failed()
    {
        var upstream = Make("http://10.0.0.1", Balance.First);
        var health = new HealthChecks(upstream, new HealthOptions(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)), async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            return CheckResult.Passed;
        }, _time);

        // What the clock ends goes on in its own time.
        await Eventually.TrueAsync(async () =>
        {
            await RunAsync(health, TimeSpan.FromMilliseconds(250));
            return !upstream.Endpoints.All[0].Health.IsHealthy;
        });

        Assert.Equal("no answer to the health check within 2 s", upstream.Endpoints.All[0].Health.DownReason);
    }

    private static void Fail(Upstream upstream, Endpoint endpoint, int times)
    {
        for (var i = 0; i < times; i++) upstream.ConnectFailed(endpoint, "connection refused");
    }

    private async Task RunAsync(HealthChecks health, TimeSpan length)
    {
        var end = _time.GetUtcNow() + length;
        while (_time.GetUtcNow() < end)
        {
            var turn = health.TurnAsync(Cancellation);
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await turn;
        }
    }

    private Upstream Make(string url, Balance balance) => TestUpstream.Make(url, _time, _state, balance);
}
