using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Testing.Redis;
using StackExchange.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// The programs and libraries that people have, in front of a cluster that they are not told of.
public sealed class ClusterClientsTests(ThreeMasters masters) : IClassFixture<ThreeMasters>
{
    [Fact]
    public async Task Redis_cli_does_what_it_does_with_one_server()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(masters.Cluster, new RedisOptions());
        const string Script = "FLUSHALL\nMSET a 1 b 2 c 3\nMGET a b c d\nHSET h x 1\nHGETALL h\nMULTI\nINCR n\nEXEC\nEVAL \"return redis.call('GET',KEYS[1])\" 1 b\nDEL a b c d\nDBSIZE\nNOSUCH\n";

        string direct = await RealClientsTests.RunAsync("redis-cli", Script, "-p", Text(server.Port));
        string through = await RealClientsTests.RunAsync("redis-cli", Script, "-p", Text(route.Port));

        Assert.Equal(direct, through);
    }

    [Fact]
    public async Task Redis_cli_scans_and_pipes_a_mass_of_commands_in()
    {
        await using var route = RunningRedisRoute.To(masters.Cluster, new RedisOptions());
        string script = string.Concat(Enumerable.Range(0, 20_000).Select(n => $"SET mass:{n} {n}\r\n"));

        string said = await RealClientsTests.RunAsync("redis-cli", script, "-p", Text(route.Port), "--pipe");
        string scanned = await RealClientsTests.RunAsync("redis-cli", "", "-p", Text(route.Port), "--scan", "--pattern", "mass:*");

        Assert.Contains("errors: 0, replies: 20000", said);
        Assert.Equal(20_000, scanned.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
    }

    [Fact]
    public async Task Redis_benchmark_finds_no_error_in_any_of_its_tests()
    {
        await using var route = RunningRedisRoute.To(masters.Cluster, new RedisOptions());

        string said = await RealClientsTests.RunAsync("redis-benchmark", "", "-p", Text(route.Port), "-n", "2000", "-r", "1000", "-c", "20", "-P", "4", "-q", "-d", "200");

        Assert.DoesNotContain("Error", said);
        Assert.Contains("MSET", said);
    }

    [Fact]
    public async Task The_old_StackExchange_Redis_stays_with_the_ambassador_when_CLUSTER_is_denied()
    {
        Assert.True(DenyList.TryRead(["CLUSTER"], out var denied, out _));
        await using var route = RunningRedisRoute.To(masters.Cluster, new RedisOptions { Denied = denied });
        using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Text(route.Port)},abortConnect=true");
        var database = redis.GetDatabase();
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);

        await redis.GetSubscriber().SubscribeAsync("news", (_, message) => heard.TrySetResult(message!));
        await Task.WhenAll(Enumerable.Range(0, 500).Select(n => database.StringSetAsync($"se:{n}", n)));
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("se:7", "7"));
        var counted = transaction.StringIncrementAsync("se:7");
        bool isDone = await transaction.ExecuteAsync();
        await redis.GetSubscriber().PublishAsync("news", "hello");

        Assert.True(isDone);
        Assert.Equal(8, await counted);
        for (int n = 10; n < 500; n++)
            Assert.Equal(n, (int)await database.StringGetAsync($"se:{n}"));
        Assert.Equal("hello", await heard.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"127.0.0.1:{Text(route.Port)}", string.Join(' ', redis.GetEndPoints().Select(end => end.ToString())));
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
