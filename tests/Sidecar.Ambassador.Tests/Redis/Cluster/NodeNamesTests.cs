using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
    public async Task Nodes_behind_an_address_translation_are_reached_at_the_ports_that_they_announce()
    {
        var outside = new ConcurrentDictionary<int, int>();
        await using var cluster = await RedisCluster.StartAsync(3, replicas: 0, nodeTimeoutMilliseconds: 1000, (port, bus) =>
            ["--cluster-announce-port", Text(outside[port] = FreePort.Next()), "--cluster-announce-bus-port", Text(bus)]);
        await using var translation = await RunningAmbassador.StartAsync([.. cluster.Masters.SelectMany((node, i) => new[]
        {
            ($"AMBASSADOR_ROUTE_N{i}", $"tcp://127.0.0.1:{node.Port}"), ($"AMBASSADOR_ROUTE_N{i}_LISTEN", Text(outside[node.Port])),
        })]);
        await using var route = new RunningRedisRoute(Seed(outside[cluster.Masters[0].Port]), new RedisOptions());
        await using var client = await route.ConnectAsync();

        foreach (string key in new[] { "a", "b", "c" })
            Assert.Equal("OK", await client.CallAsync("SET", key, "v"));
        Assert.Equal(0, route.Counters.Redirected);
        int slot = KeySlot.Of("a"u8);
        var from = cluster.Masters[slot * 3 / RedisCluster.Slots];
        await cluster.MigrateAsync(slot, from, cluster.Masters.First(node => node != from), midway: async () => Assert.Equal("v", await client.CallAsync("GET", "a")));

        Assert.Equal("v", await client.CallAsync("GET", "a"));
        Assert.InRange(route.Counters.Redirected, 1, int.MaxValue);
        foreach (var node in cluster.Masters)
            Assert.DoesNotContain("127.0.0.1:" + node.Port, route.Listener.Status().ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slot_that_moved_to_where_nobody_answers_fails_in_bounded_time_and_the_others_are_served()
    {
        using var hole = new Socket(SocketType.Stream, ProtocolType.Tcp);
        hole.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hole.Listen(0);
        int nowhere = ((IPEndPoint)hole.LocalEndPoint!).Port;
        // Nobody takes them from the queue, which is full then.
        var callers = Enumerable.Range(0, 4).Select(_ => new TcpClient()).ToArray();
        _ = Task.WhenAll(callers.Select(caller => caller.ConnectAsync(IPAddress.Loopback, nowhere)));
        await using var cluster = await RedisCluster.StartAsync(3);
        int slot = KeySlot.Of("a"u8);
        var from = await cluster.OwnerAsync(slot);
        var to = cluster.Masters.First(node => node != from);
        await using var route = new RunningRedisRoute(Seed(from.Port), new RedisOptions { QueueTimeout = TimeSpan.FromSeconds(1) });
        await using var client = await route.ConnectAsync();
        Assert.Equal("OK", await client.CallAsync("SET", "a", "v"));
        Assert.Equal("OK", await to.CallAsync("CONFIG", "SET", "cluster-announce-port", Text(nowhere)));
        await Eventually.TrueAsync(async () => (await from.CallAsync("CLUSTER", "NODES")).Contains($":{nowhere}@", StringComparison.Ordinal));
        await cluster.MigrateAsync(slot, from, to);
        string key = Enumerable.Range(0, 100).Select(i => $"k{i}").First(key => KeySlot.Of(Encoding.ASCII.GetBytes(key)) * 3 / RedisCluster.Slots == cluster.Masters.ToList().IndexOf(from));

        var clock = Stopwatch.StartNew();
        await client.SendAsync("GET", "a");
        await using var other = await route.ConnectAsync();
        Assert.Equal("OK", await other.CallAsync("SET", key, "served"));
        string reply = await client.ReadAsync();

        Assert.StartsWith("-ERR no upstream (", reply);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(8));
        Array.ForEach(callers, caller => caller.Dispose());
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

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

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
