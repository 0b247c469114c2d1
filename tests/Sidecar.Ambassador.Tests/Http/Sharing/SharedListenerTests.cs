using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Sharing;

/// Several routes behind one port.
public sealed class SharedListenerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("shop.internal", "/", "shop")]
    [InlineData("SHOP.internal.", "/x", "shop")]
    [InlineData("shop.internal:8081", "/orders", "shop")]
    [InlineData("a.shop.internal", "/orders", "below")]
    [InlineData("a.b.shop.internal", "/", "below")]
    [InlineData("api.shop.internal", "/", "api")]
    [InlineData("x.api.shop.internal", "/", "belowapi")]
    [InlineData("notshop.internal", "/", "rest")]
    [InlineData("localhost", "/orders", "orders")]
    [InlineData("localhost", "/orders/1?x=/billing", "orders")]
    [InlineData("localhost", "//orders/1", "orders")]
    [InlineData("localhost", "/orders/old/1", "old")]
    [InlineData("localhost", "/billing", "orders")]
    [InlineData("localhost", "/ordersx", "rest")]
    [InlineData("localhost", "/Orders", "rest")]
    [InlineData("localhost", "/a%2Fb", "rest")]
    [InlineData("localhost", "/orders/./1", "orders")]
    [InlineData("localhost", "/orders/../ordersx", "400")]
    [InlineData("localhost", "/x/%2e%2e/orders", "400")]
    [InlineData("localhost", "/x%2f..%2forders", "400")]
    [InlineData("localhost", "/x/%252e%252e/orders", "400")]
    [InlineData("localhost", "/x/..;/orders", "400")]
    [InlineData("localhost", "/%zz", "400")]
    public async Task The_host_goes_before_the_path_and_the_longer_before_the_shorter(string host, string path, string expected)
    {
        await using var backend = await HttpBackend.StartAsync(Echo);
        var port = FreePort.Next();
        await using var ambassador = await RunningAmbassador.StartAsync(
        [
            .. Route("REST", backend, port),
            .. Route("SHOP", backend, port, ("HOSTS", "shop.internal")),
            .. Route("BELOW", backend, port, ("HOSTS", "*.shop.internal")),
            .. Route("API", backend, port, ("HOSTS", "api.shop.internal")),
            .. Route("BELOWAPI", backend, port, ("HOSTS", "*.api.shop.internal")),
            .. Route("ORDERS", backend, port, ("PATHS", "/orders/;/billing")),
            .. Route("OLD", backend, port, ("PATHS", "/orders/old")),
        ]);

        var answer = await AskAsync(port, host, path);

        Assert.Contains(expected == "400" ? "HTTP/1.1 400 " : $"/{expected}{path}", answer);
    }

    [Fact]
    public async Task What_no_route_takes_is_answered_404_and_counted()
    {
        await using var backend = await HttpBackend.StartAsync(Echo);
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("PATHS", "/orders"), ("HOSTS", "shop"));
        await using var _ = ambassador;

        var answer = await AskAsync(port, "shop", "/billing");

        Assert.StartsWith("HTTP/1.1 404 Not Found", answer);
        Assert.Contains("Proxy-Status: sidecar-ambassador/-; error=destination_not_found", answer);
        Assert.StartsWith("HTTP/1.1 404", await AskAsync(port, "other", "/orders"));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(port, "shop", "/orders"));
        Assert.Equal(2, ambassador.Count("sidecar.ambassador.http.requests{route=-,code=4xx}"));
    }

    [Fact]
    public async Task One_connection_serves_requests_of_several_routes()
    {
        await using var backend = await HttpBackend.StartAsync(Echo);
        var port = FreePort.Next();
        await using var ambassador = await RunningAmbassador.StartAsync([.. Route("A", backend, port, ("PATHS", "/a")), .. Route("B", backend, port, ("PATHS", "/b"))]);
        using var client = RunningAmbassador.Client(port);

        Assert.Equal("/a/a/1", await client.GetStringAsync("/a/1", Cancellation));
        Assert.Equal("/b/b/1", await client.GetStringAsync("/b/1", Cancellation));
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.http.requests{route=b,code=2xx}"));
    }

    [Fact]
    public async Task A_unix_socket_is_shared_as_well()
    {
        using var volume = new TempVolume();
        var path = volume.PathOf("all.sock");
        await using var backend = await HttpBackend.StartAsync(Echo);
        await using var ambassador = await RunningAmbassador.StartAsync(
            ("AMBASSADOR_ROUTE_A", backend.Url), ("AMBASSADOR_ROUTE_A_LISTEN", $"unix:{path}"), ("AMBASSADOR_ROUTE_A_PATHS", "/a"),
            ("AMBASSADOR_ROUTE_B", $"{backend.Url}/second"), ("AMBASSADOR_ROUTE_B_LISTEN", $"unix:{path}"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancellation);

        Assert.EndsWith("/second/x", await AskAsync(socket, "any", "/x"));
    }

    private static (string, string)[] Route(string name, HttpBackend backend, int port, params (string Name, string Value)[] settings) =>
    [
        ($"AMBASSADOR_ROUTE_{name}", $"{backend.Url}/{name.ToLowerInvariant()}"), ($"AMBASSADOR_ROUTE_{name}_LISTEN", $"{port}"),
        .. settings.Select(setting => ($"AMBASSADOR_ROUTE_{name}_{setting.Name}", setting.Value)),
    ];

    private static async Task<string> AskAsync(int port, string host, string path)
    {
        using var socket = await RunningAmbassador.ConnectAsync(port);
        return await AskAsync(socket, host, path);
    }

    private static async Task<string> AskAsync(Socket socket, string host, string path)
    {
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), Cancellation);
        return await new StreamReader(stream).ReadToEndAsync(Cancellation);
    }

    private static Task Echo(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        context.Response.ContentLength = target.Length;
        return context.Response.WriteAsync(target);
    }
}
