using System.Globalization;
using Sidecar.Testing;
using Sidecar.Testing.Processes;
using Sidecar.Testing.Redis;

namespace Sidecar.EndToEnd;

/// What a burst of work leaves behind in sidecar-ambassador's memory.
public sealed class GivenBackTests
{
    private const long LeastGrowth = 6 * 1024 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_thousand_busy_clients_needed_is_given_back_after_they_left()
    {
        await using var server = await RedisServer.StartAsync();
        int listen = FreePort.Next();
        await using var ambassador = await SidecarProcess.StartReadyAsync(
            "sidecar-ambassador",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AMBASSADOR_ROUTE_CACHE"] = $"redis://{server.Address}",
                ["AMBASSADOR_ROUTE_CACHE_LISTEN"] = listen.ToString(CultureInfo.InvariantCulture),
                ["SIDECAR_LOG_LEVEL"] = "debug",
                ["DOTNET_GCgen0size"] = "100000",
            },
            Cancellation);
        long idle = await GivenBackAsync(ambassador, times: 1);

        await using var load = ChildProcess.Start(
            "redis-benchmark", ["-p", listen.ToString(CultureInfo.InvariantCulture), "-c", "1000", "-n", "300000", "-d", "16", "-t", "set,get", "-q"]);
        Assert.Equal(0, await load.WaitForExitAsync(TimeSpan.FromMinutes(2), Cancellation));
        long busy = ambassador.ReadUsage().ResidentBytes;
        long afterwards = await GivenBackAsync(ambassador, times: 2);

        Assert.InRange(busy - idle, LeastGrowth, long.MaxValue);
        Assert.InRange(afterwards, 0, idle + (idle / 5));
    }

    // What is resident once it has said so many times that it gave memory back.
    private static async Task<long> GivenBackAsync(SidecarProcess ambassador, int times)
    {
        await Eventually.EqualAsync(
            times,
            () => ambassador.Output.Count(line => line.Contains("Gave back the pages", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30),
            Cancellation);
        return ambassador.ReadUsage().ResidentBytes;
    }
}
