using System.Globalization;
using System.Net.Sockets;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Tcp;

public sealed class TcpSocketTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unix_socket_carries_bytes_and_ends_both_ways()
    {
        using var volume = new TempVolume();
        var path = volume.PathOf("db.sock");
        await using var backend = new RawBackend(async (socket, token) =>
        {
            using var heard = new NetworkStream(socket);
            var all = await new StreamReader(heard).ReadToEndAsync(token);
            await heard.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{all.Length} bytes"), token);
        });
        await using var ambassador = await RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_X", $"tcp://127.0.0.1:{backend.Port}"), ("AMBASSADOR_ROUTE_X_LISTEN", $"unix:{path}"), ("AMBASSADOR_ROUTE_X_LISTEN_MODE", "0600"));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancellation);
        using var stream = new NetworkStream(client);
        await client.SendAsync(new byte[5000], Cancellation);
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("5000 bytes", await new StreamReader(stream).ReadToEndAsync(Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task A_silent_connection_is_kept_alive_every_minute_on_both_sides()
    {
        await using var backend = new RawBackend(async (socket, token) =>
        {
            var buffer = new byte[10];
            while (await socket.ReceiveAsync(buffer, token) > 0) await socket.SendAsync(buffer.AsMemory(0, 1), token);
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"tcp://127.0.0.1:{backend.Port}");
        await using var _ = ambassador;
        using var client = await RunningAmbassador.ConnectAsync(port);
        await client.SendAsync("x"u8.ToArray(), Cancellation);
        await client.ReceiveAsync(new byte[1], Cancellation);

        // Until the last byte is acknowledged the kernel shows another timer.
        await Eventually.TrueAsync(() => SecondsUntilKeepAlive(sock => sock.Local == port && sock.IsEstablished).Any(seconds => seconds is > 50 and <= 60));
        await Eventually.TrueAsync(() => SecondsUntilKeepAlive(sock => sock.Remote == backend.Port && sock.IsEstablished).Any(seconds => seconds is > 50 and <= 60));
    }

    // As the kernel lists them: the sockets' ports in hexadecimal, their state (01 is established), and the timer that runs (02 is keep-alive)
    // with the hundredths of a second that are left.
    private static IEnumerable<double> SecondsUntilKeepAlive(Func<(int Local, int Remote, bool IsEstablished), bool> which) =>
        from line in File.ReadLines("/proc/net/tcp").Skip(1)
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where which((PortOf(words[1]), PortOf(words[2]), words[3] == "01")) && words[5].StartsWith("02:", StringComparison.Ordinal)
        select int.Parse(words[5].AsSpan(3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 100.0;

    private static int PortOf(string address) => int.Parse(address.AsSpan(address.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
