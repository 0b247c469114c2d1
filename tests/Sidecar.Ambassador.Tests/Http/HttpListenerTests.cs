using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Sidecar.Hosting;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http;

/// Where a route listens, and how it stops.
public sealed class HttpListenerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unix_socket_listens_and_replaces_the_file_of_a_dead_one()
    {
        using var volume = new TempVolume();
        var path = volume.PathOf("orders.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, volume.PathOf("kept"));
        }

        File.Move(volume.PathOf("kept"), path);
        await using var backend = await HttpBackend.StartAsync("by file");
        await using var ambassador = await RunningAmbassador.StartAsync(("AMBASSADOR_ROUTE_X", backend.Url), ("AMBASSADOR_ROUTE_X_LISTEN", $"unix:{path}"));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        Assert.Equal("by file", await client.GetStringAsync("http://orders/", Cancellation));
    }

    [Fact]
    public async Task A_file_where_a_unix_socket_belongs_is_nobodys_to_remove()
    {
        using var volume = new TempVolume();
        var path = volume.Write("orders.sock", "data of somebody's");

        var refused = await Assert.ThrowsAsync<ListenException>(
            () => RunningAmbassador.StartAsync(("AMBASSADOR_ROUTE_X", "http://127.0.0.1:9"), ("AMBASSADOR_ROUTE_X_LISTEN", $"unix:{path}")));

        Assert.Contains($"AMBASSADOR_ROUTE_X_LISTEN=unix:{path}: can't listen there (what stands there is no socket", refused.Message, StringComparison.Ordinal);
        Assert.Equal("data of somebody's", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_bare_port_listens_on_both_loopbacks()
    {
        await using var backend = await HttpBackend.StartAsync("both");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("both", await client.GetStringAsync($"http://127.0.0.1:{port}/", Cancellation));
        Assert.Equal("both", await client.GetStringAsync($"http://[::1]:{port}/", Cancellation));
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_nothing_is_left_open()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var free = FreePort.Next();

        var exception = await Assert.ThrowsAsync<ListenException>(() => RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_A", "http://localhost:1"), ("AMBASSADOR_ROUTE_A_LISTEN", $"{free}"),
            ("AMBASSADOR_ROUTE_B", "tcp://localhost:1"), ("AMBASSADOR_ROUTE_B_LISTEN", taken.LocalEndpoint.ToString()!)));

        Assert.StartsWith($"AMBASSADOR_ROUTE_B_LISTEN={taken.LocalEndpoint}: ", exception.Message);
        await Assert.ThrowsAsync<SocketException>(() => RunningAmbassador.ConnectAsync(free));
    }

    [Fact]
    public async Task A_request_under_way_is_finished_at_the_end()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var backend = await HttpBackend.StartAsync(async context =>
        {
            entered.SetResult();
            await release.Task;
            await context.Response.WriteAsync("finished");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url);
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);
        var call = client.GetStringAsync("/", Cancellation);
        await entered.Task;

        var stopping = ambassador.StopAsync();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                using var late = await RunningAmbassador.ConnectAsync(port);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        });
        release.SetResult();

        Assert.Equal("finished", await call);
        await stopping;
    }
}
