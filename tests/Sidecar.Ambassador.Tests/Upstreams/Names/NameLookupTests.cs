using System.Net;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Names;

namespace Sidecar.Ambassador.Tests.Upstreams.Names;

public sealed class NameLookupTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_has_the_addresses_and_the_life_that_its_records_say_in_a_lasting_order()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("orders.test.example", 7, "10.0.0.2", "10.0.0.1");

        var answer = await Lookup(dns).FindHostAsync(new HostPort("orders.test.example", 8080), Cancellation);

        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080"], answer.Found.Select(found => found.Address.ToString()));
        Assert.Equal(TimeSpan.FromSeconds(7), answer.Ttl);
        Assert.Null(answer.Failure);
    }

    [Fact]
    public async Task An_alias_is_followed_and_the_shortest_life_on_the_way_holds()
    {
        await using var dns = new DnsStandIn();
        dns.Records["A www.test.example"] =
        [
            new DnsRecord("www.test.example", DnsType.Cname, TimeSpan.FromSeconds(3), Target: "lb.test.example"),
            new DnsRecord("lb.test.example", DnsType.A, TimeSpan.FromSeconds(60), Address: IPAddress.Parse("10.0.0.9")),
        ];

        var answer = await Lookup(dns).FindHostAsync(new HostPort("www.test.example", 80), Cancellation);

        Assert.Equal("10.0.0.9:80", Assert.Single(answer.Found).Address.ToString());
        Assert.Equal(TimeSpan.FromSeconds(3), answer.Ttl);
    }

    [Fact]
    public async Task A_name_without_ipv4_has_its_ipv6_addresses()
    {
        await using var dns = new DnsStandIn();
        dns.Records["AAAA six.test.example"] = [new DnsRecord("six.test.example", DnsType.Aaaa, TimeSpan.FromSeconds(9), Address: IPAddress.Parse("fd00::1"))];

        var answer = await Lookup(dns).FindHostAsync(new HostPort("six.test.example", 80), Cancellation);

        Assert.Equal("[fd00::1]:80", Assert.Single(answer.Found).Address.ToString());
    }

    [Fact]
    public async Task A_name_with_both_kinds_of_address_has_one_endpoint_for_each_pair()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("both.test.example", 20, "10.0.0.2", "10.0.0.1");
        dns.Records["AAAA both.test.example"] = [new DnsRecord("both.test.example", DnsType.Aaaa, TimeSpan.FromSeconds(9), Address: IPAddress.Parse("fd00::1"))];

        var answer = await Lookup(dns).FindHostAsync(new HostPort("both.test.example", 80), Cancellation);

        Assert.Equal(["10.0.0.1:80 or [fd00::1]:80", "10.0.0.2:80 or "], answer.Found.Select(found => $"{found.Address} or {found.Other}"));
        Assert.Equal(9, answer.Ttl.TotalSeconds);
    }

    [Fact]
    public async Task A_server_that_never_answers_for_IPv6_delays_nobody_who_has_IPv4()
    {
        await using var dns = new DnsStandIn { Ignored = "AAAA" };
        dns.SetA("four.test.example", 20, "10.0.0.1");
        var began = TimeProvider.System.GetTimestamp();

        var answer = await Lookup(dns).FindHostAsync(new HostPort("four.test.example", 80), Cancellation);

        Assert.Equal("10.0.0.1:80", Assert.Single(answer.Found).Address.ToString());
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 0.9);
    }

    [Fact]
    public async Task What_does_not_fit_a_datagram_is_asked_for_by_stream()
    {
        await using var dns = new DnsStandIn();
        dns.SetA("many.test.example", 5, [.. Enumerable.Range(1, 100).Select(i => $"10.0.0.{i}")]);

        var answer = await Lookup(dns).FindHostAsync(new HostPort("many.test.example", 80), Cancellation);

        Assert.Equal(100, answer.Found.Count);
        Assert.Equal("A many.test.example", Assert.Single(dns.QuestionsByStream));
    }

    [Fact]
    public async Task A_service_has_hosts_with_ports_priorities_and_weights()
    {
        await using var dns = new DnsStandIn();
        var life = TimeSpan.FromSeconds(4);
        dns.Records["SRV _http._tcp.orders.test.example"] =
        [
            new DnsRecord("_http._tcp.orders.test.example", DnsType.Srv, life, Target: "a.test.example", Srv: new SrvFields(1, 10, 8081)),
            new DnsRecord("_http._tcp.orders.test.example", DnsType.Srv, life, Target: "b.test.example", Srv: new SrvFields(2, 0, 8082)),
            new DnsRecord("a.test.example", DnsType.A, life, Address: IPAddress.Parse("10.0.0.1")),
        ];
        dns.SetA("b.test.example", 2, "10.0.0.2");

        var answer = await Lookup(dns).FindServiceAsync(new HostPort("_http._tcp.orders.test.example", 0), Cancellation);

        Assert.Equal(
            [("10.0.0.1:8081", "a.test.example:8081", 1, 10), ("10.0.0.2:8082", "b.test.example:8082", 2, 1)],
            answer.Found.Select(found => (found.Address.ToString(), found.Origin.ToString(), found.Priority, found.Weight)));
        Assert.Equal(TimeSpan.FromSeconds(2), answer.Ttl);
        Assert.DoesNotContain("A a.test.example", dns.Questions);
    }

    [Fact]
    public async Task The_hosts_of_a_service_keep_their_order_however_the_server_shuffles_them()
    {
        await using var dns = new DnsStandIn();
        var life = TimeSpan.FromSeconds(4);
        DnsRecord[] hosts =
        [
            Host("b", new SrvFields(1, 5, 81)), Host("a", new SrvFields(1, 5, 81)), Host("a", new SrvFields(1, 5, 80)), Host("c", new SrvFields(1, 9, 80)), Host("d", new SrvFields(0, 1, 80)),
        ];
        foreach (var name in "abcd") dns.SetA($"{name}.test.example", 4, $"10.0.0.{name - 'a' + 1}");

        for (var turn = 0; turn < hosts.Length; turn++)
        {
            dns.Records["SRV _http._tcp.orders.test.example"] = [.. hosts[turn..], .. hosts[..turn]];
            var answer = await Lookup(dns).FindServiceAsync(new HostPort("_http._tcp.orders.test.example", 0), Cancellation);
            Assert.Equal(["10.0.0.4:80", "10.0.0.3:80", "10.0.0.1:80", "10.0.0.1:81", "10.0.0.2:81"], answer.Found.Select(found => found.Address.ToString()));
        }

        DnsRecord Host(string name, SrvFields fields) => new("_http._tcp.orders.test.example", DnsType.Srv, life, Target: $"{name}.test.example", Srv: fields);
    }

    [Fact]
    public async Task A_server_that_is_sick_or_silent_is_passed_over()
    {
        await using var sick = new DnsStandIn { IsSick = true };
        await using var silent = new DnsStandIn { IsSilent = true };
        await using var sound = new DnsStandIn();
        sound.SetA("orders.test.example", 7, "10.0.0.1");

        var answer = await new NameLookup([sick.Address, silent.Address, sound.Address], TimeProvider.System)
            .FindHostAsync(new HostPort("orders.test.example", 80), Cancellation);

        Assert.Equal("10.0.0.1:80", Assert.Single(answer.Found).Address.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task An_answer_to_another_question_is_not_believed(int forgedByte)
    {
        await using var dns = new DnsStandIn
        {
            Forgery = answer =>
            {
                var forged = answer.ToArray();
                forged[forgedByte] ^= 1;
                forged[^1] = 66;
                return forged;
            },
        };
        dns.SetA("orders.test.example", 7, "10.0.0.1");

        var answer = await Lookup(dns).FindHostAsync(new HostPort("orders.test.example", 80), Cancellation);

        Assert.Equal("10.0.0.1:80", Assert.Single(answer.Found).Address.ToString());
    }

    [Fact]
    public async Task A_name_that_does_not_exist_says_so()
    {
        await using var dns = new DnsStandIn();

        var answer = await Lookup(dns).FindHostAsync(new HostPort("none.test.example", 80), Cancellation);

        Assert.Empty(answer.Found);
        Assert.Equal("the name 'none.test.example' does not resolve (no such name or no address)", answer.Failure);
    }

    [Theory]
    [InlineData("c00c")]
    [InlineData("c0ff")]
    [InlineData("ff")]
    public void A_message_that_points_in_circles_or_beyond_its_end_is_no_answer(string name)
    {
        var question = DnsMessage.Question(7, "a.b", DnsType.A)!;
        var questionEnd = 12 + 5 + 4;
        byte[] answer = [.. question[..2], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. question[12..questionEnd], .. Convert.FromHexString(name), 0, 1];

        Assert.Null(DnsMessage.Read(answer, 7, "a.b", DnsType.A));
    }

    [Theory]
    [InlineData("orders", "search shop.svc.cluster.local svc.cluster.local\noptions timeout:1 ndots:5", "orders.shop.svc.cluster.local orders.svc.cluster.local orders")]
    [InlineData("a.b.c.d.e.f", "search x\noptions ndots:5", "a.b.c.d.e.f a.b.c.d.e.f.x")]
    [InlineData("orders.example.com", "domain x", "orders.example.com orders.example.com.x")]
    [InlineData("orders", "# search y", "orders")]
    [InlineData("orders.", "search x\noptions ndots:5", "orders")]
    [InlineData("orders.example.com.", "domain x", "orders.example.com")]
    public void Short_names_are_completed_as_resolv_conf_says(string name, string file, string candidates)
    {
        var config = ResolverConfig.Parse(file.Split('\n'));

        Assert.True(HostPort.TryParse(name, 80, out var written, out _));
        Assert.Equal(candidates.Split(' '), config.Candidates(written));
    }

    [Fact]
    public void The_hosts_file_is_read_as_the_system_does()
    {
        string[] lines = ["# 10.0.0.9 orders", "10.0.0.1\torders.local  orders # the first", "fd00::1 orders", "nonsense orders", ""];

        Assert.Equal([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fd00::1")], HostsFile.Find("ORDERS", lines));
        Assert.Empty(HostsFile.Find("order", lines));
    }

    private static NameLookup Lookup(DnsStandIn dns) => new([dns.Address], TimeProvider.System);
}
