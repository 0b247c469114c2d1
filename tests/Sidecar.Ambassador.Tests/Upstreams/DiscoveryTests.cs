using System.Net;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Tests.Upstreams.Names;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Hosting.Work;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Upstreams;

public sealed class DiscoveryTests
{
    private readonly ManualTime _time = new();
    private readonly AgentState _state;

    public DiscoveryTests() => _state = new AgentState(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_stops_resolving_keeps_its_endpoints_and_takes_no_other_name_with_it()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("good.test.example", 5, "10.0.0.1");
        dns.SetA("bad.test.example", 5, "10.0.0.3", "10.0.0.2");
        var upstream = TestUpstream.Make("http://good.test.example:1,bad.test.example:1,10.0.0.9:1", _time, _state);
        var discovery = Discover(upstream, dns);

        await discovery.LookAsync(Cancellation);
        var before = upstream.Endpoints.All;
        dns.Records.Clear();
        dns.SetA("good.test.example", 5, "10.0.0.4");
        _time.Advance(TimeSpan.FromSeconds(5));
        await discovery.LookAsync(Cancellation);

        Assert.Equal(["10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.9:1"], before.Select(endpoint => endpoint.Address.ToString()));
        Assert.Equal(["10.0.0.4:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.9:1"], upstream.Endpoints.All.Select(endpoint => endpoint.Address.ToString()));
        Assert.Same(before[1], upstream.Endpoints.All[1]);
        Assert.Contains("'bad.test.example' does not resolve", upstream.ResolveFailure);
        Assert.True(upstream.Resolved.IsCompleted);
    }

    [Fact]
    public async Task Each_name_is_asked_for_when_its_own_life_is_over_and_not_before()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("long.test.example", 10, "10.0.0.1");
        dns.SetA("short.test.example", 7, "10.0.0.2");
        var discovery = Discover(TestUpstream.Make("http://long.test.example:1,short.test.example:1", _time, _state), dns);
        var looks = new List<double>();

        for (var i = 0; i < 4; i++)
        {
            var holds = await discovery.LookAsync(Cancellation);
            looks.Add(holds.TotalSeconds);
            _time.Advance(holds);
        }

        Assert.Equal([7, 3, 4, 6], looks);
        Assert.Equal(["A long.test.example", "A short.test.example", "A short.test.example", "A long.test.example", "A short.test.example"], dns.Questions.Where(question => question.StartsWith("A ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_life_of_nothing_is_a_second_and_one_of_a_day_a_minute()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("nothing.test.example", 0, "10.0.0.1");
        dns.SetA("day.test.example", 60_000, "10.0.0.2");

        Assert.Equal(1, (await Discover(TestUpstream.Make("http://nothing.test.example:1", _time, _state), dns).LookAsync(Cancellation)).TotalSeconds);
        Assert.Equal(60, (await Discover(TestUpstream.Make("http://day.test.example:1", _time, _state), dns).LookAsync(Cancellation)).TotalSeconds);
    }

    [Fact]
    public async Task An_address_that_is_our_own_listener_is_never_an_endpoint()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("me.test.example", 5, "127.0.0.1");
        var upstream = TestUpstream.Make("http://me.test.example:6379", _time, _state);
        Assert.True(ListenAddress.TryParse("6379", out var listeners));

        await new Discovery(upstream, listeners, new NameLookup([dns.Address], TimeProvider.System).FindAsync, _time).LookAsync(Cancellation);

        Assert.Empty(upstream.Endpoints.All);
        Assert.Equal("'me.test.example:6379' resolves to our own listener 127.0.0.1:6379", upstream.WhyNone());
    }

    [Fact]
    public async Task The_hosts_of_a_service_with_the_lower_priority_are_used_until_they_are_down()
    {
        await using var dns = new DnsStandIn();
        var life = TimeSpan.FromSeconds(5);
        dns.Records["SRV orders.test.example"] =
        [
            new DnsRecord("orders.test.example", DnsType.Srv, life, Target: "b.test.example", Srv: new SrvFields(20, 1, 8082)),
            new DnsRecord("orders.test.example", DnsType.Srv, life, Target: "a.test.example", Srv: new SrvFields(10, 1, 8081)),
        ];
        dns.SetA("a.test.example", 5, "10.0.0.1");
        dns.SetA("b.test.example", 5, "10.0.0.2");
        var upstream = TestUpstream.Make("srv+http://orders.test.example", _time, _state, Balance.P2c);

        await Discover(upstream, dns).LookAsync(Cancellation);

        var chosen = upstream.Choose(default);
        Assert.Equal("a.test.example:8081", chosen!.Origin.ToString());
        upstream.CheckFailed(chosen, "refused");
        upstream.CheckFailed(chosen, "refused");
        Assert.Equal("b.test.example:8082", upstream.Choose(default)!.Origin.ToString());
    }

    [Fact]
    public async Task A_file_of_endpoints_is_followed_and_a_broken_line_leaves_the_last_good_list()
    {
        using var volume = new TempVolume();
        var path = volume.PathOf("orders");
        var upstream = TestUpstream.Make("http://orders:8080", _time, _state, new UpstreamOptions(Balance.First, TestUpstream.Ejection), file: path);
        await using var dns = new DnsStandIn();
        var discovery = Discover(upstream, dns);

        await File.WriteAllTextAsync(path, "# two\n10.0.0.1:8080 weight=3\n\n10.0.0.2 backup\n", Cancellation);
        await discovery.LookAsync(Cancellation);
        var first = upstream.Endpoints;
        await File.WriteAllTextAsync(path, "10.0.0.5:8080\n10.0.0.6:http\n", Cancellation);
        await discovery.LookAsync(Cancellation);
        var broken = (upstream.Endpoints, upstream.ResolveFailure);
        await File.WriteAllTextAsync(path, "10.0.0.5:8080\n", Cancellation);
        await discovery.LookAsync(Cancellation);

        Assert.Equal([("10.0.0.1:8080", 3), ("10.0.0.2:80", 1)], first.All.Select(endpoint => (endpoint.Address.ToString(), endpoint.Weight)));
        Assert.Equal(2, first.Tiers.Length);
        Assert.Same(first, broken.Endpoints);
        Assert.Equal($"line 2 of the endpoint file {path} is no endpoint such as 'orders-1:8080 weight=2'", broken.ResolveFailure);
        Assert.Equal("10.0.0.5:8080", Assert.Single(upstream.Endpoints.All).Address.ToString());
        Assert.Null(upstream.ResolveFailure);
    }

    [Fact]
    public async Task New_requests_go_to_the_new_address_within_its_life_and_a_second_though_the_old_one_still_answers()
    {
        await using var old = await HttpBackend.StartAsync("old");
        await using var dns = new DnsStandIn();
        dns.SetA("orders.test.example", 1, "127.0.0.1");
        var (ambassador, port) = await RunningAmbassador.StartAsync(dns.Address, $"http://orders.test.example:{old.Port}");
        await using var _ = ambassador;
        await using var fresh = await HttpBackend.StartAsync(context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "new"), old.Port, IPAddress.Parse("127.0.0.2"));
        using var client = RunningAmbassador.Client(port);
        Assert.Equal("old", await client.GetStringAsync("/", Cancellation));

        var changed = TimeProvider.System.GetTimestamp();
        dns.SetA("orders.test.example", 1, "127.0.0.2");
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "new");

        // TTL and a second; the rest is for a machine that is busy with other tests.
        Assert.InRange(TimeProvider.System.GetElapsedTime(changed).TotalSeconds, 0, 4);
        for (var i = 0; i < 20; i++) Assert.Equal("new", await client.GetStringAsync("/", Cancellation));
    }

    private Discovery Discover(Upstream upstream, DnsStandIn dns) => new(upstream, [], new NameLookup([dns.Address], TimeProvider.System).FindAsync, _time);
}
