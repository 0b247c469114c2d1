using System.Diagnostics;
using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing.Redis;
using StackExchange.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// The programs and libraries that people have, unchanged.
public sealed class RealClientsTests
{
    [Theory]
    [InlineData("-2")]
    [InlineData("-3")]
    public async Task Redis_cli_does_through_the_ambassador_what_it_does_directly(string protocol)
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        const string Script = "SET k v\nGET k\nHSET h a 1 b 2\nHGETALL h\nMULTI\nINCR n\nEXEC\nSELECT 3\nSET k three\nGET k\nNOSUCH\nDEL k\nFLUSHALL\n";

        string direct = await RunAsync("redis-cli", Script, "-p", Text(server.Port), protocol);
        string through = await RunAsync("redis-cli", Script, "-p", Text(route.Port), protocol);

        Assert.Contains("three", direct);
        Assert.Equal(direct, through);
    }

    [Fact]
    public async Task Redis_cli_pipes_a_mass_of_commands_in()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        string script = string.Concat(Enumerable.Range(0, 50_000).Select(n => $"SET key:{n} {n}\r\n"));

        string said = await RunAsync("redis-cli", script, "-p", Text(route.Port), "--pipe");

        Assert.Contains("errors: 0, replies: 50000", said);
        Assert.Equal(":50000", await server.CallAsync("DBSIZE"));
    }

    [Fact]
    public async Task Redis_benchmark_finds_no_error_in_any_of_its_tests()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());

        string said = await RunAsync("redis-benchmark", "", "-p", Text(route.Port), "-n", "2000", "-c", "20", "-P", "4", "-q", "-d", "200");

        Assert.DoesNotContain("Error", said);
        Assert.Contains("MSET", said);
    }

    [Fact]
    public async Task The_old_StackExchange_Redis_connects_reads_writes_and_subscribes()
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Text(route.Port)},abortConnect=true,allowAdmin=true");
        var database = redis.GetDatabase();
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);

        await redis.GetSubscriber().SubscribeAsync("news", (_, message) => heard.TrySetResult(message!));
        await database.StringSetAsync("k", "v");
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("k", "v"));
        var counted = transaction.StringIncrementAsync("n");
        bool isDone = await transaction.ExecuteAsync();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => database.ListRightPushAsync("l", n)));
        await redis.GetSubscriber().PublishAsync("news", "hello");

        Assert.Equal("v", await database.StringGetAsync("k"));
        Assert.True(isDone);
        Assert.Equal(1, await counted);
        Assert.Equal(Enumerable.Range(0, 1000), (await database.ListRangeAsync("l")).Select(n => (int)n));
        Assert.Equal("hello", await heard.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, await redis.GetDatabase(3).ListRightPushAsync("l3", [1, 2, 3]));
    }

    [Fact]
    public async Task The_old_StackExchange_Redis_sees_a_killed_master_for_three_seconds_at_most()
    {
        await using var master = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartReplicaAsync(master);
        await master.WaitForReplicasAsync();
        var sentinels = await RedisSentinel.StartThreeAsync(master);
        await using var route = RunningRedisRoute.To(sentinels, new RedisOptions());
        using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Text(route.Port)}");
        var database = redis.GetDatabase();
        var clock = Stopwatch.StartNew();
        var killedAt = TimeSpan.Zero;
        var lastFailure = TimeSpan.Zero;
        Task? kill = null;
        int failed = 0;

        while (killedAt == TimeSpan.Zero || clock.Elapsed < killedAt + TimeSpan.FromSeconds(4.5))
        {
            if (kill is null && clock.Elapsed > TimeSpan.FromSeconds(1))
            {
                killedAt = clock.Elapsed;
                kill = master.KillAsync();
            }
            try
            {
                await database.StringSetAsync("k", clock.ElapsedMilliseconds);
            }
            catch (Exception away) when (away is RedisException or TimeoutException)
            {
                failed++;
                lastFailure = clock.Elapsed;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        await kill!;
        foreach (var sentinel in sentinels)
            await sentinel.DisposeAsync();

        Assert.InRange(lastFailure, TimeSpan.Zero, killedAt + TimeSpan.FromSeconds(3));
        Assert.Equal(0, failed);
        Assert.NotEqual("(nil)", await replica.CallAsync("GET", "k"));
    }

    internal static async Task<string> RunAsync(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await output + await errors;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
