using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

public sealed class RealServersTests
{
    [Fact]
    public async Task A_server_answers_and_comes_back_on_its_port_after_a_kill()
    {
        await using var server = await RedisServer.StartAsync();

        string first = await server.CallAsync("SET", "k", "v");
        await server.KillAsync();
        await server.StartAgainAsync();
        string second = await server.CallAsync("GET", "k");

        Assert.Equal("OK", first);
        Assert.Equal("(nil)", second);
    }

    [Fact]
    public async Task Three_Sentinels_agree_on_the_master_they_watch()
    {
        await using var master = await RedisServer.StartAsync();
        await using var replica = await RedisServer.StartReplicaAsync(master);
        var sentinels = await RedisSentinel.StartThreeAsync(master);

        string[] answers = await Task.WhenAll(sentinels.Select(s => s.CallAsync("SENTINEL", "get-master-addr-by-name", "mymaster")));
        foreach (var sentinel in sentinels)
            await sentinel.DisposeAsync();

        Assert.All(answers, answer => Assert.Equal($"127.0.0.1|{master.Port}", answer));
    }
}
