using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Upstreams;

public sealed class BalancerTests
{
    private const string Four = "http://10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4";

    private readonly ManualTime _time = new();
    private readonly AgentState _state;

    public BalancerTests() => _state = new AgentState(_time);

    [Fact]
    public void Round_robin_takes_one_after_the_other_and_leaves_out_what_is_down()
    {
        var upstream = TestUpstream.Make(Four, _time, _state, Balance.RoundRobin);
        TakeDown(upstream, upstream.Endpoints.All[2]);

        var counts = Draw(upstream, 400);

        Assert.Equal([100, 100, 0, 200], upstream.Endpoints.All.Select(endpoint => counts.GetValueOrDefault(endpoint)));
    }

    [Fact]
    public void Random_spreads_evenly_and_weighted_by_the_weights()
    {
        var random = TestUpstream.Make(Four, _time, _state, Balance.Random);
        var weighted = TestUpstream.Make(Four, _time, _state, Balance.Weighted);
        for (var i = 0; i < 4; i++) weighted.Endpoints.All[i].Weight = i + 1;

        var evenly = Draw(random, 4000);
        var byWeight = Draw(weighted, 10_000);

        Assert.All(random.Endpoints.All, endpoint => Assert.InRange(evenly[endpoint], 800, 1200));
        for (var i = 0; i < 4; i++) Assert.InRange(byWeight[weighted.Endpoints.All[i]], (i + 1) * 850, (i + 1) * 1150);
    }

    [Fact]
    public void Hash_keeps_a_key_where_it_is_and_moves_only_the_keys_of_an_endpoint_that_is_down()
    {
        var upstream = TestUpstream.Make(Four, _time, _state, Balance.Hash);
        var keys = Enumerable.Range(0, 1000).Select(i => StableHash.Of($"user {i}")).ToList();
        var before = keys.ConvertAll(key => upstream.Choose(default, key));
        var gone = upstream.Endpoints.All[1];

        TakeDown(upstream, gone);
        var after = keys.ConvertAll(key => upstream.Choose(default, key));

        Assert.All(before.GroupBy(endpoint => endpoint), group => Assert.InRange(group.Count(), 180, 320));
        for (var i = 0; i < keys.Count; i++)
        {
            if (before[i] != gone) Assert.Same(before[i], after[i]);
            else Assert.NotSame(gone, after[i]);
        }
    }

    [Fact]
    public void Backups_are_used_while_too_few_of_the_first_are_up()
    {
        var options = new UpstreamOptions(Balance.First, TestUpstream.Ejection, MinHealthy: 2);
        var upstream = TestUpstream.Make("http://10.0.0.1,10.0.0.2,10.0.0.3", _time, _state, options, backup: "http://10.0.1.1");
        var (first, backup) = (upstream.Endpoints.All[0], upstream.Endpoints.All[3]);

        Assert.Same(first, upstream.Choose(default));
        TakeDown(upstream, upstream.Endpoints.All[1]);
        Assert.Same(first, upstream.Choose(default));
        TakeDown(upstream, upstream.Endpoints.All[2]);
        Assert.Same(backup, upstream.Choose(default));
        TakeDown(upstream, backup);
        Assert.Same(first, upstream.Choose(default));
        upstream.CheckPassed(upstream.Endpoints.All[1]);
        upstream.CheckPassed(backup);
        Assert.Same(first, upstream.Choose(default));
    }

    [Fact]
    public void Below_the_panic_threshold_all_are_used_whatever_the_checks_say()
    {
        var calm = TestUpstream.Make(Four, _time, _state, new UpstreamOptions(Balance.RoundRobin, TestUpstream.Ejection));
        var panicking = TestUpstream.Make(Four, _time, _state, new UpstreamOptions(Balance.RoundRobin, TestUpstream.Ejection, PanicPercent: 50));
        foreach (var upstream in (Upstream[])[calm, panicking])
        {
            for (var i = 0; i < 3; i++) TakeDown(upstream, upstream.Endpoints.All[i]);
        }

        Assert.Single(Draw(calm, 40));
        Assert.Equal(4, Draw(panicking, 40).Count);
    }

    [Fact]
    public void An_endpoint_that_came_up_gets_its_share_little_by_little()
    {
        var options = new UpstreamOptions(Balance.Weighted, TestUpstream.Ejection, SlowStart: TimeSpan.FromSeconds(10));
        var upstream = TestUpstream.Make("http://10.0.0.1,10.0.0.2", _time, _state, options);
        _time.Advance(TimeSpan.FromMinutes(1));
        var returning = upstream.Endpoints.All[0];
        TakeDown(upstream, returning);
        upstream.CheckPassed(returning);

        var atOnce = Draw(upstream, 1100)[returning];
        _time.Advance(TimeSpan.FromSeconds(5));
        var halfWay = Draw(upstream, 1500)[returning];
        _time.Advance(TimeSpan.FromSeconds(5));
        var atLast = Draw(upstream, 1000)[returning];

        Assert.InRange(atOnce, 50, 170);
        Assert.InRange(halfWay, 400, 600);
        Assert.InRange(atLast, 400, 600);
    }

    [Fact]
    public void An_endpoint_that_came_up_gets_its_share_little_by_little_also_where_the_less_busy_of_two_is_taken_and_none_is_busy()
    {
        var options = new UpstreamOptions(Balance.P2c, TestUpstream.Ejection, SlowStart: TimeSpan.FromSeconds(10));
        var upstream = TestUpstream.Make("http://10.0.0.1,10.0.0.2", _time, _state, options);
        var together = Draw(upstream, 1000);
        _time.Advance(TimeSpan.FromMinutes(1));
        var (returning, other) = (upstream.Endpoints.All[0], upstream.Endpoints.All[1]);
        TakeDown(upstream, returning);
        upstream.CheckPassed(returning);

        var atOnce = Draw(upstream, 2000)[returning];
        _time.Advance(TimeSpan.FromSeconds(5));
        var halfWay = Draw(upstream, 2000)[returning];
        other.Begin();
        var whileTheOtherIsBusy = Draw(upstream, 2000)[returning];
        other.End();
        _time.Advance(TimeSpan.FromSeconds(5));
        var atLast = Draw(upstream, 2000)[returning];

        Assert.InRange(together[returning], 400, 600);
        Assert.InRange(atOnce, 50, 160);
        Assert.InRange(halfWay, 400, 600);
        Assert.InRange(whileTheOtherIsBusy, 900, 1100);
        Assert.InRange(atLast, 900, 1100);
    }

    private static Dictionary<Endpoint, int> Draw(Upstream upstream, int times) =>
        Enumerable.Range(0, times).Select(_ => upstream.Choose(default)!).GroupBy(endpoint => endpoint).ToDictionary(group => group.Key, group => group.Count());

    private static void TakeDown(Upstream upstream, Endpoint endpoint)
    {
        for (var i = 0; i < Upstream.FailuresToEject; i++) upstream.CheckFailed(endpoint, "refused");
    }
}
