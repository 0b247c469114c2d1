using System.Collections.Concurrent;
using System.Globalization;
using Sidecar.Ambassador.Redis;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis.Cluster;

/// Slots that change hands while a client uses them; it never hears of it.
public sealed class MovingSlotsTests : IAsyncLifetime
{
    private const string Key = "{t}k";

    private static readonly int Slot = KeySlot.Of("t"u8);

    private readonly ConcurrentDictionary<int, int> _progress = [];

    private RedisCluster _cluster = null!;
    private RunningRedisRoute _route = null!;
    private RedisWire _client = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RedisCluster.StartAsync(masters: 3);
        _route = RunningRedisRoute.To(_cluster, new RedisOptions());
        _client = await _route.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _route.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_slot_that_moved_is_followed_and_remembered()
    {
        await _client.CallAsync("SET", Key, "before");
        var (from, to) = await EndsAsync();

        await _cluster.MigrateAsync(Slot, from, to);

        Assert.Equal("before", await _client.CallAsync("GET", Key));
        Assert.Equal(1, _route.Counters.Redirected);
        Assert.Equal("OK", await _client.CallAsync("SET", Key, "after"));
        Assert.Equal("after", await to.CallAsync("GET", Key));
        Assert.Equal(1, _route.Counters.Redirected);
    }

    [Fact]
    public async Task While_a_slot_is_on_its_way_each_key_is_asked_for_where_it_is()
    {
        for (int i = 0; i < 10; i++)
            await _client.CallAsync("SET", Key + Text(i), Text(i));
        var (from, to) = await EndsAsync();

        await _cluster.MigrateAsync(Slot, from, to, midway: async () =>
        {
            for (int i = 0; i < 10; i++)
                Assert.Equal(Text(i), await _client.CallAsync("GET", Key + Text(i)));
            Assert.Equal("OK", await _client.CallAsync("SET", Key + "new", "v"));
            Assert.Equal("v", await _client.CallAsync("GET", Key + "new"));
        });

        for (int i = 0; i < 10; i++)
            Assert.Equal(Text(i), await _client.CallAsync("GET", Key + Text(i)));
        Assert.Equal("v", await _client.CallAsync("GET", Key + "new"));
    }

    [Fact]
    public async Task Keys_of_one_command_that_are_on_two_nodes_are_waited_for()
    {
        await _client.CallAsync("MSET", Key + "1", "1", Key + "2", "2");
        var (from, to) = await EndsAsync();
        Task<string>? asked = null;

        await _cluster.MigrateAsync(Slot, from, to, midway: async () =>
        {
            asked = _client.CallAsync("MGET", Key + "1", Key + "2");
            await Eventually.TrueAsync(() => Task.FromResult(_route.Counters.Redirected > 1));
            Assert.False(asked.IsCompleted);
        });

        Assert.Equal("1|2", await asked!);
    }

    [Fact]
    public async Task A_pipeline_keeps_its_order_while_its_slot_moves_to_and_fro()
    {
        var (from, to) = await EndsAsync();

        var moving = MoveAsync(from, to, times: 10);
        int answered = 0;
        while (!moving.IsCompleted)
        {
            const int Batch = 200;
            using var pipeline = new MemoryStream();
            for (int i = 0; i < Batch; i++)
            {
                pipeline.Write(RedisWire.Frame("INCR", Key));
                pipeline.Write(RedisWire.Frame("GET", Key));
            }
            await _client.SendRawAsync(pipeline.ToArray());
            for (int i = 0; i < Batch; i++)
            {
                Assert.Equal($":{++answered}", await _client.ReadAsync());
                Assert.Equal(Text(answered), await _client.ReadAsync());
            }
            _progress[0] = answered;
        }
        await moving;

        Assert.InRange(_route.Counters.Redirected, 10, int.MaxValue);
        Assert.Equal(0, _route.Counters.FateUnknown);
    }

    [Fact]
    public async Task Several_clients_see_no_error_while_slots_move_to_and_fro()
    {
        var (from, to) = await EndsAsync();
        using var over = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(number => WriteAsync(number, over.Token)).ToArray();

        await Eventually.TrueAsync(() => Task.FromResult(_progress.Count == writers.Length));
        await MoveAsync(from, to, times: 20);
        await over.CancelAsync();
        int[] written = await Task.WhenAll(writers);

        Assert.All(written, count => Assert.InRange(count, 10, int.MaxValue));
        for (int number = 0; number < written.Length; number++)
            Assert.Equal(Text(written[number]), await _client.CallAsync("GET", $"{{t}}w{number}"));
    }

    [Fact]
    public async Task A_transaction_goes_on_where_its_slot_went()
    {
        await _client.CallAsync("SET", Key, "0");
        var (from, to) = await EndsAsync();
        Assert.Equal("OK", await _client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await _client.CallAsync("INCR", Key));
        await _cluster.MigrateAsync(Slot, from, to);
        Assert.Equal("QUEUED", await _client.CallAsync("INCR", Key));
        Assert.Equal(":1|:2", await _client.CallAsync("EXEC"));

        Assert.Equal("OK", await _client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await _client.CallAsync("INCR", Key));
        await _cluster.MigrateAsync(Slot, to, from);
        Assert.Equal(":3", await _client.CallAsync("EXEC"));

        Assert.Equal("OK", await _client.CallAsync("WATCH", Key));
        await _cluster.MigrateAsync(Slot, from, to);
        Assert.Equal("OK", await _client.CallAsync("MULTI"));
        Assert.Equal("QUEUED", await _client.CallAsync("INCR", Key));
        Assert.Equal("(nil)", await _client.CallAsync("EXEC"));
        Assert.Equal("3", await _client.CallAsync("GET", Key));
    }

    [Fact]
    public async Task Transactions_see_no_error_while_their_slot_moves_to_and_fro()
    {
        var (from, to) = await EndsAsync();
        using var over = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(number => TransactAsync(number, over.Token)).ToArray();

        await Eventually.TrueAsync(() => Task.FromResult(_progress.Count == writers.Length));
        await MoveAsync(from, to, times: 10);
        await over.CancelAsync();

        Assert.All(await Task.WhenAll(writers), count => Assert.InRange(count, 10, int.MaxValue));
    }

    private async Task<int> TransactAsync(int number, CancellationToken over)
    {
        await using var client = await _route.ConnectAsync();
        int count = 0;
        while (!over.IsCancellationRequested)
        {
            count++;
            await client.SendAsync("MULTI");
            await client.SendAsync("INCR", $"{{t}}x{number}");
            await client.SendAsync("INCR", $"{{t}}y{number}");
            await client.SendAsync("EXEC");
            Assert.Equal("OK", await client.ReadAsync());
            Assert.Equal("QUEUED", await client.ReadAsync());
            Assert.Equal("QUEUED", await client.ReadAsync());
            Assert.Equal($":{count}|:{count}", await client.ReadAsync());
            _progress[number] = count;
        }
        return count;
    }

    private async Task<int> WriteAsync(int number, CancellationToken over)
    {
        await using var client = await _route.ConnectAsync();
        int count = 0;
        while (!over.IsCancellationRequested)
        {
            Assert.Equal($":{++count}", await client.CallAsync("INCR", $"{{t}}w{number}"));
            Assert.Equal("OK", await client.CallAsync("MSET", $"{{t}}a{number}", Text(count), $"x{number}", Text(count)));
            Assert.Equal($"{count}|{count}", await client.CallAsync("MGET", $"{{t}}a{number}", $"x{number}"));
            _progress[number] = count;
        }
        return count;
    }

    private async Task MoveAsync(RedisServer one, RedisServer other, int times)
    {
        for (int i = 0; i < times; i++)
        {
            var (from, to) = i % 2 == 0 ? (one, other) : (other, one);
            await _cluster.MigrateAsync(Slot, from, to);
            // An ASK that is followed only when the slot has come and gone would be wrong, whoever follows it: nobody is to be that late.
            var before = _progress.ToArray();
            await Eventually.TrueAsync(() => Task.FromResult(Array.TrueForAll(before, one => _progress[one.Key] > one.Value + 1)));
        }
    }

    private async Task<(RedisServer From, RedisServer To)> EndsAsync()
    {
        var from = await _cluster.OwnerAsync(Slot);
        return (from, _cluster.Masters.First(node => node != from));
    }

    private static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
}
