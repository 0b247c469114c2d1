using System.Net;

namespace Sidecar.Adapter.Probes;

/// Passes when a connection opens, on a port or a unix socket; it is closed at once.
internal sealed class TcpProbe : IProbe
{
    private readonly Func<CancellationToken, Task<Dialed>> _dial;

    public TcpProbe(NetworkTarget target) => _dial = cancellation => Dialer.ConnectAsync(target, cancellation);

    public TcpProbe(EndPoint endpoint) => _dial = cancellation => Dialer.ConnectAsync(endpoint, cancellation);

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        try
        {
            var (socket, trouble) = await _dial(timeout);
            if (socket is null)
                return ProbeResult.Failed(trouble!);

            using (socket)
                return ProbeResult.Passed($"connected{Dialed.At(socket)}");
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.TimedOut("connecting");
        }
    }
}
