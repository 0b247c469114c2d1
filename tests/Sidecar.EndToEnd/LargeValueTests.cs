using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.EndToEnd;

/// What a large value costs sidecar-ambassador: it is passed on while it arrives, both ways.
public sealed class LargeValueTests
{
    private const int Length = 256 * 1024 * 1024;
    private const long MostBytesMore = 24 * 1024 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_of_256_MiB_passes_both_ways_and_the_process_hardly_grows()
    {
        await using var server = await RedisServer.StartAsync();
        int listen = FreePort.Next();
        await using var ambassador = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_CACHE"] = $"redis://{server.Address}",
                ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
                ["DOTNET_GCgen0size"] = "100000",
            },
            Cancellation);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, listen, Cancellation);
        long before = ambassador.ReadUsage().ResidentBytes;
        byte[] chunk = new byte[1024 * 1024];
        long most = 0;

        await SendAsync(client, $"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n${Length}\r\n");
        for (int sent = 0; sent < Length; sent += chunk.Length)
        {
            await client.SendAsync(chunk, Cancellation);
            most = Math.Max(most, ambassador.ReadUsage().ResidentBytes);
        }
        await SendAsync(client, "\r\n*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n");
        string head = $"+OK\r\n${Length}\r\n";
        for (long left = head.Length + Length + 2L; left > 0;)
        {
            int count = await client.ReceiveAsync(chunk, Cancellation);
            Assert.NotEqual(0, count);
            left -= count;
            if (left % 16 == 0)
                most = Math.Max(most, ambassador.ReadUsage().ResidentBytes);
        }

        Assert.Equal($":{Length}", await server.CallAsync("STRLEN", "big"));
        Assert.InRange(Math.Max(most, ambassador.ReadUsage().ResidentBytes) - before, long.MinValue, MostBytesMore);
    }

    private static async Task SendAsync(Socket client, string text) => await client.SendAsync(Encoding.ASCII.GetBytes(text), Cancellation);
}
