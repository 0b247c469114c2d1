using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Adapter.Probes;
using Sidecar.Adapter.Probes.Network;
using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;
using Sidecar.Testing;
using Sidecar.Testing.Redis;

namespace Sidecar.Adapter.Tests.Probes.Network;

public sealed class ConnectionProbeTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("::1", "localhost")]
    public async Task Tcp_passes_when_the_connection_opens(string listens, string asked)
    {
        using var listener = new TcpListener(IPAddress.Parse(listens), 0);
        listener.Start();

        var result = await AskAsync(Tcp(new NetworkTarget(asked, PortOf(listener))));

        Assert.Equal(ProbeResult.Passed($"connected at {listens}"), result);
    }

    [Fact]
    public async Task Tcp_to_a_port_that_nobody_listens_on_is_a_miss()
    {
        Assert.Equal(ProbeResult.Failed("connection refused at 127.0.0.1"), await AskAsync(Tcp(new NetworkTarget("127.0.0.1", FreePort.Next()))));
    }

    [Fact]
    public async Task A_full_accept_queue_is_a_time_out()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var target = new NetworkTarget("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port);
        List<Socket> waiting = [];
        // The kernel takes a few more than it was told.
        for (var tries = 0; tries < 8; tries++)
        {
            using var shortly = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            try
            {
                waiting.Add((await Dialer.ConnectAsync(target, shortly.Token)).Socket!);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        var result = await Tcp(target).AskAsync(timeout.Token);
        waiting.ForEach(socket => socket.Dispose());

        Assert.Equal(ProbeResult.TimedOut("connecting"), result);
    }

    [Fact]
    public async Task Unix_passes_when_the_socket_is_served_and_says_what_is_wrong_else()
    {
        using var volume = new TempVolume();
        var path = volume.PathOf("app.sock");
        var probe = new TcpProbe(new UnixDomainSocketEndPoint(path), Conversation.None, TimeProvider.System);
        Assert.Equal(ProbeResult.Failed("no such socket"), await AskAsync(probe));

        using (var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            Assert.Equal(ProbeResult.Passed("connected"), await AskAsync(probe));
        }

        File.Delete(path);
        volume.Write("app.sock", "a plain file");
        Assert.Equal(ProbeResult.Failed("connection refused"), await AskAsync(probe));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("0")]
    public async Task Where_an_app_listens_at_every_address_is_localhost(string host)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        Assert.Equal(ProbeResult.Passed("connected at 127.0.0.1"), await AskAsync(Tcp(new NetworkTarget(host, PortOf(listener)))));
        listener.Stop();
        Assert.Equal(ProbeResult.Failed("connection refused at 127.0.0.1, connection refused at ::1"), await AskAsync(Tcp(new NetworkTarget(host, FreePort.Next()))));
    }

    [Fact]
    public async Task A_name_that_is_too_long_to_be_looked_up_is_a_miss()
    {
        var name = string.Join('.', Enumerable.Repeat(new string('a', 60), 5));

        Assert.Equal(ProbeResult.Failed("the host name does not resolve (no such name)"), await AskAsync(Tcp(new NetworkTarget(name, 80))));
    }

    [Fact]
    public async Task Port_passes_while_something_listens()
    {
        using var listener = new TcpListener(IPAddress.IPv6Loopback, FreePort.Next());
        var probe = new PortProbe(PortOf(listener), new ListeningPorts());
        Assert.Equal(ProbeResult.Failed("nothing listens"), await AskAsync(probe));

        listener.Start();
        Assert.Equal(ProbeResult.Passed("listening"), await AskAsync(probe));
    }

    [Fact]
    public async Task Port_is_unknown_where_the_tables_can_not_be_read()
    {
        using var volume = new TempVolume();

        Assert.Equal(Answer.Unknown, (await AskAsync(new PortProbe(80, new ListeningPorts(volume.Root)))).Answer);
    }

    [Fact]
    public async Task Port_is_found_behind_a_hundred_thousand_connections_without_keeping_them_in_memory()
    {
        using var volume = new TempVolume();
        volume.Write("net/tcp", string.Concat(
            [
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
                .. Enumerable.Range(0, 100_000).Select(i => Row(i, $"0100007F:{1024 + (i % 60_000):X4} 0100007F:0050 06")),
                Row(100_000, "00000000:03E7 00000000:0000 0A"),
            ]));
        var ports = new ListeningPorts(volume.Root);
        Assert.True(ports.IsListening(999));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var found = (await AskAsync(new PortProbe(999, ports))).HasPassed;
        var connected = (await AskAsync(new PortProbe(1024, ports))).HasPassed;

        Assert.Equal((true, false), (found, connected));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);

        static string Row(int slot, string addresses) => $"{slot,6}: {addresses} 00000000:00000000 03:00000A5C 00000000     0        0 0 3 0000000000000000                                     \n";
    }

    [Fact]
    public async Task Redis_passes_on_PONG_and_a_password_is_named_as_the_reason()
    {
        await using var redis = await RedisServer.StartAsync();
        var probe = new RedisProbe(new NetworkTarget("localhost", redis.Port));
        Assert.Equal(ProbeResult.Passed("PONG at 127.0.0.1"), await AskAsync(probe));

        await redis.CallAsync("CONFIG", "SET", "requirepass", "secret");
        Assert.Equal("answered NOAUTH Authentication required. at 127.0.0.1, expected PONG", (await AskAsync(probe)).Reason);

        Assert.True((await AskAsync(new RedisProbe(new NetworkTarget("localhost", redis.Port), null, new Secret("secret")))).HasPassed);
        Assert.StartsWith("answered WRONGPASS", (await AskAsync(new RedisProbe(new NetworkTarget("localhost", redis.Port), "default", new Secret("wrong")))).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-LOADING Redis is loading the dataset in memory\r\n", "answered LOADING Redis is loading the dataset in memory at 127.0.0.1, expected PONG")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "the answer is not Redis'")]
    [InlineData("", "the connection was closed before an answer")]
    [InlineData("+PON", "the connection was closed before an answer")]
    public async Task What_is_no_PONG_is_a_miss_with_what_was_said(string answer, string reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var asking = AskAsync(new RedisProbe(new NetworkTarget("127.0.0.1", PortOf(listener))));
        using (var client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken))
        {
            await client.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken);
            await client.SendAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        }

        Assert.Equal(ProbeResult.Failed(reason), await asking);
    }

    private static TcpProbe Tcp(NetworkTarget target) => new(target, Conversation.None, null, TimeProvider.System);

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static Task<ProbeResult> AskAsync(IProbe probe) => probe.AskAsync(TestContext.Current.CancellationToken);
}
