using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Sidecar.Ambassador.Tests.Http.Access;

/// What the app may ask for. Raw sockets: no client would send these as they are.
public sealed class AccessRulesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET /prices/today", true)]
    [InlineData("GET /prices", true)]
    [InlineData("HEAD /prices/today", true)]
    [InlineData("GET /prices/today?x=../../admin", true)]
    [InlineData("GET /prices/./today", true)]
    [InlineData("GET /prices//today", true)]
    [InlineData("GET /prices/100%25", true)]
    [InlineData("GET /prices/caf%C3%A9%20x", true)]
    [InlineData("GET /prices/a/../today", true)]
    [InlineData("POST /orders", true)]
    [InlineData("GET http://shop/prices/today", true)]
    [InlineData("POST /prices/today", false)]
    [InlineData("DELETE /orders", false)]
    [InlineData("get /prices/today", false)]
    [InlineData("GET /PRICES/today", false)]
    [InlineData("GET /pricesx", false)]
    [InlineData("GET /", false)]
    [InlineData("GET /admin", false)]
    [InlineData("GET http://shop/admin", false)]
    [InlineData("GET /prices/../admin", false)]
    [InlineData("GET /prices/%2e%2e/admin", false)]
    [InlineData("GET /prices/.%2E/admin", false)]
    [InlineData("GET /prices/%252e%252e/admin", false)]
    [InlineData("GET /prices/%25252e%25252e/admin", false)]
    [InlineData("GET /prices/100%25/%252e%252e/%252e%252e/admin", false)]
    [InlineData("GET /prices/..%2fadmin", false)]
    [InlineData("GET /prices%2f..%2fadmin", false)]
    [InlineData("GET /prices/..%5cadmin", false)]
    [InlineData("GET /prices/..\\admin", false)]
    [InlineData("GET /prices/..;/admin", false)]
    [InlineData("GET /prices/..;x=1/admin", false)]
    [InlineData("GET /prices/%2e%2e%3b/admin", false)]
    [InlineData("GET /prices/../../prices/today", false)]
    [InlineData("GET /admin/../prices/today", false)]
    [InlineData("GET /prices/%c0%ae%c0%ae/admin", false)]
    [InlineData("GET /prices/%zz", false)]
    [InlineData("GET /prices/%00", false)]
    [InlineData("GET /prices/today#/../../admin", false)]
    [InlineData("OPTIONS *", false)]
    public async Task Only_what_is_allowed_goes_on_however_it_is_written(string request, bool goesOn) =>
        await AssertAsync([("ALLOW", "GET /prices/**;POST /orders")], request, goesOn);

    [Theory]
    [InlineData("GET /orders", true)]
    [InlineData("GET /administration", true)]
    [InlineData("GET /orders/DELETE", true)]
    [InlineData("DELETE /orders/1", false)]
    [InlineData("delete /orders/1", false)]
    [InlineData("GET /admin", false)]
    [InlineData("GET /admin/", false)]
    [InlineData("GET /admin/users", false)]
    [InlineData("GET /ADMIN/users", false)]
    [InlineData("GET //admin/users", false)]
    [InlineData("GET /./admin", false)]
    [InlineData("GET /x/../admin", false)]
    [InlineData("GET /x/%2e%2e/admin", false)]
    [InlineData("GET /%61dmin", false)]
    [InlineData("GET /%2561dmin", false)]
    [InlineData("GET /%2fadmin", false)]
    [InlineData("GET /x%2f..%2fadmin", false)]
    [InlineData("GET /admin/../orders", false)]
    [InlineData("GET /admin;v=1/users", false)]
    [InlineData("GET /admin%3f", false)]
    [InlineData("GET http://shop/admin", false)]
    [InlineData("PATCH /admin", false)]
    public async Task What_is_denied_does_not_go_on_however_it_is_written(string request, bool goesOn) =>
        await AssertAsync([("DENY", "* /admin/**;DELETE /**")], request, goesOn);

    [Theory]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("x-method-override: delete")]
    [InlineData("X-Original-URL: /admin")]
    [InlineData("X-Rewrite-Url: /admin")]
    public async Task A_header_that_makes_another_request_of_it_gets_round_no_rule(string header) =>
        await AssertAsync([("DENY", "* /admin/**;DELETE /**")], "POST /orders", goesOn: false, header);

    [Fact]
    public async Task What_is_denied_wins_over_what_is_allowed()
    {
        await AssertAsync([("ALLOW", "GET /**"), ("DENY", "GET /internal/**")], "GET /internal/x", goesOn: false);
        await AssertAsync([("ALLOW", "GET /**"), ("DENY", "GET /internal/**")], "GET /external/x", goesOn: true);
    }

    [Fact]
    public async Task Denying_GET_denies_HEAD_too() => await AssertAsync([("DENY", "GET /x")], "HEAD /x", goesOn: false);

    [Fact]
    public async Task A_refusal_says_why_and_is_counted_and_the_connection_goes_on()
    {
        await using var backend = await HttpBackend.StartAsync("reached");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, ("DENY", "DELETE /**"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.DeleteAsync("/orders/1", Cancellation);
        var body = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(403, (int)answer.StatusCode);
        Assert.Equal("sidecar-ambassador: route 'x': the request is refused: it is denied by 'DELETE /**'\n", body);
        Assert.Equal(
            "sidecar-ambassador/x; error=http_request_denied; details=\"the request is refused: it is denied by 'DELETE /**'\"",
            Assert.Single(answer.Headers.GetValues("Proxy-Status")));
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.http.denied{route=x}"));
        Assert.Equal("reached", await client.GetStringAsync("/orders/1", Cancellation));
    }

    private static async Task AssertAsync((string Name, string Value)[] settings, string request, bool goesOn, string header = "X-Other: 1")
    {
        await using var backend = await HttpBackend.StartAsync(context => context.Response.WriteAsync("reached"));
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(backend.Url, settings);
        await using var _ = ambassador;
        using var socket = await RunningAmbassador.ConnectAsync(port);
        await using var stream = new NetworkStream(socket);

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: shop\r\n{header}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), Cancellation);
        var status = await new StreamReader(stream).ReadLineAsync(Cancellation);

        Assert.Equal(goesOn, backend.Requests == 1);
        if (goesOn) Assert.Equal("HTTP/1.1 200 OK", status);
        else Assert.Matches("HTTP/1.1 (403 Forbidden|400 Bad Request)", status);
    }
}
