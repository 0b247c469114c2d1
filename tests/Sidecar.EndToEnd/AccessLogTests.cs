using System.Globalization;
using System.Net;
using System.Text.Json;
using Sidecar.Testing;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// The access log of sidecar-ambassador on stdout, up to its last line.
public sealed class AccessLogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_is_under_way_when_the_program_is_told_to_stop_is_answered_and_stands_in_the_log()
    {
        int port = FreePort.Next(), listen = FreePort.Next();
        using var asked = new SemaphoreSlim(0);
        using var mayAnswer = new ManualResetEventSlim();
        await using var service = await StandInHttp.StartAsync(port, request =>
        {
            if (!request.StartsWith("GET /last", StringComparison.Ordinal)) return "{}";
            asked.Release();
            mayAnswer.Wait(Cancellation);
            return "{}";
        });
        await using var ambassador = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_ORDERS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"),
                ["AMBASSADOR_ROUTE_ORDERS_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
                ["AMBASSADOR_ACCESS_LOG"] = "stdout",
            },
            Cancellation);
        using var client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{listen}")) };

        using var first = await client.GetAsync(new Uri("/first", UriKind.Relative), Cancellation);
        var last = client.GetAsync(new Uri("/last", UriKind.Relative), Cancellation);
        await asked.WaitAsync(Cancellation);
        ambassador.Terminate();
        await Eventually.TrueAsync(() => ambassador.Error.Any(line => line.Contains("Stopping, asked by", StringComparison.Ordinal)), cancellation: Cancellation);
        mayAnswer.Set();
        using var answer = await last;
        int code = await ambassador.WaitForExitAsync(cancellation: Cancellation);

        Assert.Equal((HttpStatusCode.OK, 0), (answer.StatusCode, code));
        string paths = string.Join(' ', ambassador.Output.Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("source").GetString() == "access").Select(line => line.GetProperty("path").GetString()));
        Assert.Equal("/first /last", paths);
        Assert.Contains(ambassador.Error, line => line.Contains("Serving orders", StringComparison.Ordinal));
    }
}
