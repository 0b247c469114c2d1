using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Clients that count, while their route's connections to the server are killed again and again.
public sealed class BrokenConnectionsTests
{
    [Theory]
    [InlineData(nameof(RedisIoKind.Epoll))]
    [InlineData(nameof(RedisIoKind.Sockets))]
    public async Task Whatever_connections_break_no_write_is_executed_twice_and_no_acknowledged_one_is_missing(string io)
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { Io = Enum.Parse<RedisIoKind>(io) });
        using var isOver = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var random = new Random(4);

        var clients = Enumerable.Range(0, 20).Select(number => CountAsync(route, number, isOver.Token)).ToList();
        while (!isOver.IsCancellationRequested)
        {
            await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 60)), TimeProvider.System, CancellationToken.None);
        }
        var counts = await Task.WhenAll(clients);

        foreach (var (number, done, unknown) in counts)
        {
            string value = await server.CallAsync("GET", $"count:{number}");
            Assert.InRange(long.Parse(value, CultureInfo.InvariantCulture), done, done + unknown);
        }
        Assert.InRange(counts.Sum(count => count.Done), 1000, long.MaxValue);
        Assert.NotEqual(0, counts.Sum(count => count.Unknown));
    }

    [Theory]
    [InlineData("NOSUCH")]
    [InlineData("CLIENT", "NOSUCH", "ON")]
    public async Task Who_tried_a_command_that_the_server_does_not_know_outlives_the_connection_and_who_changed_it_does_not(params string[] unknown)
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions());
        await using var client = await route.ConnectAsync();
        await using var changing = await route.ConnectAsync();
        Assert.StartsWith("-ERR unknown", await client.CallAsync(unknown));
        Assert.Equal("OK", await changing.CallAsync("CLIENT", "NO-EVICT", "ON"));
        Assert.StartsWith("-ERR unknown", await changing.CallAsync(unknown));

        await server.CallAsync("CLIENT", "KILL", "TYPE", "normal");

        Assert.Equal("OK", await client.CallAsync("SET", "k", "v"));
        await Assert.ThrowsAsync<EndOfStreamException>(() => changing.CallAsync("GET", "k"));
    }

    // Every third client has a connection of its own: it has a name.
    private static async Task<(int Number, long Done, long Unknown)> CountAsync(RunningRedisRoute route, int number, CancellationToken isOver)
    {
        await using var client = await route.ConnectAsync();
        if (number % 3 == 0)
            Assert.Equal("OK", await client.CallAsync("CLIENT", "SETNAME", "app"));
        long done = 0;
        long unknown = 0;
        long last = 0;
        while (!isOver.IsCancellationRequested)
        {
            int burst = 1 + (number % 5);
            for (int i = 0; i < burst; i++)
                await client.SendAsync("INCR", $"count:{number}");
            for (int i = 0; i < burst; i++)
            {
                string reply = await client.ReadAsync();
                if (reply[0] == ':')
                {
                    long value = long.Parse(reply.AsSpan(1), CultureInfo.InvariantCulture);
                    Assert.True(value > last, $"{value} after {last}");
                    last = value;
                    done++;
                }
                else
                {
                    Assert.StartsWith("-ERR upstream connection lost before the reply", reply);
                    unknown++;
                }
            }
        }
        return (number, done, unknown);
    }
}
