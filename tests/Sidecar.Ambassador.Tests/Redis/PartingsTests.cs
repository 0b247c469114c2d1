using System.Text;
using Sidecar.Ambassador.Redis;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Ambassador.Tests.Redis;

/// Clients whose connection the ambassador ends.
public sealed class PartingsTests
{
    [Theory]
    [InlineData(nameof(RedisIoKind.Epoll))]
    [InlineData(nameof(RedisIoKind.Sockets))]
    public async Task A_client_that_still_sends_after_its_last_reply_can_read_it_and_may_send_for_two_seconds(string io)
    {
        await using var server = await RedisServer.StartAsync();
        await using var route = RunningRedisRoute.To(server, new RedisOptions { Io = Enum.Parse<RedisIoKind>(io) });
        await using var client = await route.ConnectAsync();

        await client.SendRawAsync("*1\r\n$-5\r\n"u8.ToArray());
        await Eventually.TrueAsync(() => route.Counters.Clients == 0);
        for (int part = 0; part < 16; part++)
            await client.SendRawAsync(new byte[64 * 1024]);

        Assert.Equal("-ERR Protocol error: invalid bulk length\r\n", Encoding.Latin1.GetString(await client.ReadToEndAsync()));
        await Eventually.TrueAsync(() => IsCutOff(client));
    }

    private static async Task<bool> IsCutOff(RedisWire client)
    {
        try
        {
            await client.SendRawAsync("PING\r\n"u8.ToArray());
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
