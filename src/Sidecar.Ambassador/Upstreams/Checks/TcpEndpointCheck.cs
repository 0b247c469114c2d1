using System.Net.Sockets;

namespace Sidecar.Ambassador.Upstreams.Checks;

/// <summary>Asks an endpoint of a TCP route what its _CHECK wants to know, each time on a connection of its own.</summary>
/// <param name="tls">What the route's connections are encrypted with, if they are.</param>
/// <param name="postgres">Null unless the check is for a PostgreSQL server.</param>
internal sealed class TcpEndpointCheck(TcpCheck check, UpstreamTls? tls, PostgresCheck? postgres, TimeProvider time)
{
    public async Task<CheckResult> AskAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        try
        {
            using var wire = await Wire.ConnectAsync(endpoint, tls, time, cancellation);
            if (postgres != null) return await postgres.AskAsync(wire, endpoint, cancellation);
            if (check.Steps.Count > 0) return await Conversation.HoldAsync(wire, check.Steps, cancellation);

            // A reset instead of a goodbye leaves nothing in TIME_WAIT, however often we ask.
            wire.ResetWhenClosed();
            return new CheckResult(await wire.HearRefusalAsync(time, cancellation));
        }
        catch (ConnectFailure e)
        {
            return CheckResult.Failed(e.Message);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return CheckResult.Failed("broke the health check's connection");
        }
    }
}
