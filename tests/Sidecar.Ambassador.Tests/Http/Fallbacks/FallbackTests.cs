using System.Net;
using Microsoft.AspNetCore.Http;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Http.Fallbacks;

public sealed class FallbackTests : IDisposable
{
    private readonly TempVolume _volume = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _volume.Dispose();

    [Theory]
    [InlineData("GET", 503, "200", 200)]
    [InlineData("GET", 502, "200", 200)]
    [InlineData("GET", 504, "", 200)]
    [InlineData("GET", 500, "200", 500)]
    [InlineData("GET", 404, "200", 404)]
    [InlineData("POST", 503, "200", 503)]
    [InlineData("DELETE", 503, "204", 503)]
    [InlineData("POST", 503, "500", 500)]
    [InlineData("GET", 503, "599", 599)]
    public async Task The_fallback_takes_the_place_of_an_error_but_never_says_that_a_change_went_well(string method, int status, string fallback, int seen)
    {
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers["Proxy-Status"] = "deeper; error=dns_error";
            return context.Response.WriteAsync("backend");
        });
        var body = _volume.Write("fallback", "{\"prices\":[]}");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            backend.Url, ("FALLBACK_STATUS", fallback), ("FALLBACK_BODY_FILE", body), ("FALLBACK_CONTENT_TYPE", "application/json"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"), Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal((HttpStatusCode)seen, answer.StatusCode);
        var isFallback = seen != status;
        Assert.Equal(isFallback ? "{\"prices\":[]}" : "backend", text);
        if (!isFallback) return;
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            ["deeper; error=dns_error", $"sidecar-ambassador/x; next-hop=\"127.0.0.1:{backend.Port}\"; received-status={status}; details=\"answered {status}\""],
            answer.Headers.GetValues("Proxy-Status"));
        Assert.Equal(1, ambassador.Count("sidecar.ambassador.faults{route=x,origin=deeper}"));
    }

    [Fact]
    public async Task Nobody_there_is_the_fallback_s_time_and_its_file_is_followed()
    {
        var body = _volume.Write("fallback", "first");
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync($"http://127.0.0.1:{FreePort.Next()}", ("FALLBACK_BODY_FILE", body));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        using var answer = await client.GetAsync("/", Cancellation);
        Assert.Equal("first", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains("error=connection_refused", Assert.Single(answer.Headers.GetValues("Proxy-Status")));
        _volume.Write("fallback", "second, and longer");
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "second, and longer");
        File.Delete(body);
        await Eventually.TrueAsync(async () => await client.GetStringAsync("/", Cancellation) == "second, and longer");
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"), Cancellation);
        Assert.Equal(18, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task What_was_kept_is_better_than_the_fallback()
    {
        await using var backend = await HttpBackend.StartAsync(context =>
        {
            context.Response.Headers.CacheControl = "max-age=0";
            return context.Response.WriteAsync("kept");
        });
        var (ambassador, port) = await RunningAmbassador.StartRouteAsync(
            backend.Url, ("CACHE", "1MiB"), ("STALE_IF_ERROR", "5m"), ("FALLBACK_STATUS", "418"));
        await using var _ = ambassador;
        using var client = RunningAmbassador.Client(port);

        await client.GetStringAsync("/", Cancellation);
        await backend.KillAsync();
        using var unknown = await client.GetAsync("/unknown", Cancellation);

        Assert.Equal("kept", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(418, (int)unknown.StatusCode);
    }
}
