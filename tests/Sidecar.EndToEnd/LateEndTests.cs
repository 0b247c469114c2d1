using System.Globalization;
using System.Net;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// What others take their time for must not hold up the end of the published program.
public sealed class LateEndTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_signal_ends_it_at_once_though_a_request_is_under_way()
    {
        int port = FreePort.Next(), listen = FreePort.Next();
        var hasArrived = new TaskCompletionSource();
        await using var slow = await StandInHttp.StartAsync(port, context =>
        {
            hasArrived.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var ambassador = await StartAsync(port, listen);
        var answer = GetAsync(listen);
        await hasArrived.Task.WaitAsync(Eventually.Patience, Cancellation);
        ambassador.Terminate();
        await ambassador.Process.WaitForLineAsync(line => line.Contains("Stopping", StringComparison.Ordinal), cancellation: Cancellation);

        ambassador.Terminate();

        Assert.Equal(1, await ambassador.WaitForExitAsync(TimeSpan.FromSeconds(4), Cancellation));
        Assert.Contains("A second signal", ambassador.Output[^1], StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
    }

    private static async Task<SidecarProcess> StartAsync(int port, int listen, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_SHOP"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
            ["AMBASSADOR_ROUTE_SHOP_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return await SidecarProcess.StartReadyAsync("sidecar-ambassador", settings, Cancellation);
    }

    private static async Task<HttpStatusCode> GetAsync(int listen)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listen}/")), Cancellation);
        return answer.StatusCode;
    }
}
