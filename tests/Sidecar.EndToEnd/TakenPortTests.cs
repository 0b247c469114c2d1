using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sidecar.Testing.Processes;

namespace Sidecar.EndToEnd;

/// An ambassador that can't have one of its ports ends with 1 and says which, whatever else it has to start.
public sealed class TakenPortTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("redis://127.0.0.1:9")]
    [InlineData("redis+sentinel://127.0.0.1:9/mymaster")]
    [InlineData("redis+cluster://127.0.0.1:9")]
    [InlineData("http://127.0.0.1:9")]
    [InlineData("tcp://127.0.0.1:9")]
    public async Task A_listener_that_is_taken_ends_the_ambassador_with_1(string upstream)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AMBASSADOR_ROUTE_FREE"] = "redis://127.0.0.1:9",
            ["AMBASSADOR_ROUTE_FREE_LISTEN"] = Sidecar.Testing.FreePort.Next().ToString(CultureInfo.InvariantCulture),
            ["AMBASSADOR_ROUTE_TAKEN"] = upstream,
            ["AMBASSADOR_ROUTE_TAKEN_LISTEN"] = port,
        };

        await using var ambassador = SidecarProcess.Start("sidecar-ambassador", environment);
        var code = await ambassador.Process.WaitForExitAsync(TimeSpan.FromSeconds(20), Cancellation);

        Assert.Equal(1, code);
        Assert.Contains($"AMBASSADOR_ROUTE_TAKEN_LISTEN=127.0.0.1:{port}: can't listen there", ambassador.Process.Transcript, StringComparison.Ordinal);
    }
}
