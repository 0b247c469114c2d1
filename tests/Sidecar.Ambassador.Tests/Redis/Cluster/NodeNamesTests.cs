using System.Net;
using System.Text;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// However a cluster calls its nodes, they are found; also the one that a redirection names.
public sealed class NodeNamesTests
{
    [Theory]
    [InlineData("the addresses")]
    [InlineData("a hostname", "--cluster-announce-hostname", "node.test", "--cluster-preferred-endpoint-type", "hostname")]
    [InlineData("a hostname that nobody set", "--cluster-preferred-endpoint-type", "hostname")]
    [InlineData("no endpoint at all", "--cluster-preferred-endpoint-type", "unknown-endpoint")]
    [InlineData("IPv6", "--bind", "127.0.0.1", "::1", "--cluster-announce-ip", "::1")]
    public async Task Nodes_are_found_by_what_they_announce(string what, params string[] settings)
    {
        Assert.NotEmpty(what);
        await using var cluster = await RedisCluster.StartAsync(settings: settings);
        await using var route = new RunningRedisRoute(Seed(cluster.Masters[0].Port), new RedisOptions());
        await using var client = await route.ConnectAsync();
        foreach (string key in new[] { "a", "b", "c" })
            Assert.Equal("OK", await client.CallAsync("SET", key, "v"));
        Assert.Equal(0, route.Counters.Redirected);

        int slot = KeySlot.Of("a"u8);
        var from = await cluster.OwnerAsync(slot);
        await cluster.MigrateAsync(slot, from, cluster.Masters.First(node => node != from), midway: async () => Assert.Equal("v", await client.CallAsync("GET", "a")));

        Assert.Equal("v", await client.CallAsync("GET", "a"));
        Assert.InRange(route.Counters.Redirected, 1, int.MaxValue);
    }

    [Fact]
    public async Task Every_node_is_reached_by_TLS_and_has_to_be_who_it_should_be()
    {
        using var certificates = new Certificates();
        var ports = new List<int>();
        await using var cluster = await RedisCluster.StartAsync(3, replicas: 0, nodeTimeoutMilliseconds: 1000, (_, _) =>
        {
            lock (ports)
                ports.Add(FreePort.Next());
            return ["--tls-cluster", "yes", .. certificates.Arguments(ports[^1])];
        });
        await using var route = new RunningRedisRoute(Seed(ports[0]) with { Tls = certificates.Trusting() }, new RedisOptions());
        await using var client = await route.ConnectAsync();
        using var stranger = new Certificates();
        await using var wary = new RunningRedisRoute(Seed(ports[0]) with { Tls = stranger.Trusting() }, new RedisOptions { QueueTimeout = TimeSpan.FromMilliseconds(500) });
        await using var refused = await wary.ConnectAsync();

        foreach (string key in new[] { "a", "b", "c" })
            Assert.Equal("OK", await client.CallAsync("SET", key, "v"));
        Assert.Equal("v|v|v", await client.CallAsync("MGET", "a", "b", "c"));
        string reply = await refused.CallAsync("GET", "a");
        Assert.True(reply.Contains("TLS failed: its certificate ", StringComparison.Ordinal), reply);
    }

    [Theory]
    [InlineData("3999 127.0.0.1:6381", 3999, "127.0.0.1", 6381)]
    [InlineData("3999 ::1:6381", 3999, "::1", 6381)]
    [InlineData("3999 [::1]:6381", 3999, "::1", 6381)]
    [InlineData("0 node-a.example:1", 0, "node-a.example", 1)]
    [InlineData("16383 :6381", 16383, "", 6381)]
    [InlineData("5 ?:6381", 5, "?", 6381)]
    public void A_redirection_is_read_in_every_form(string words, int slot, string host, int port)
    {
        Assert.True(Redirection.TryRead(Encoding.ASCII.GetBytes(words), out var redirection));

        Assert.Equal(new Redirection(slot, host, port), redirection);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3999")]
    [InlineData("x 127.0.0.1:6381")]
    [InlineData("16384 127.0.0.1:6381")]
    [InlineData("-1 127.0.0.1:6381")]
    [InlineData("3999 127.0.0.1:0")]
    [InlineData("3999 127.0.0.1:x")]
    [InlineData("3999 127.0.0.1")]
    public void What_is_no_redirection_is_not_followed(string words)
    {
        Assert.False(Redirection.TryRead(Encoding.ASCII.GetBytes(words), out _));
    }

    private static RedisRoute Seed(int port) => new()
    {
        Name = "cache",
        Hosts = [new HostPort("127.0.0.1", port)],
        IsCluster = true,
        Resolve = (host, _) => Task.FromResult(host.Host == "node.test"
            ? new NameAnswer([new FoundAddress(new IPEndPoint(IPAddress.Loopback, host.Port), host)], NameLookup.UsualTtl)
            : NameAnswer.Failed("there is no such name")),
    };
}
