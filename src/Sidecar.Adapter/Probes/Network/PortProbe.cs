using Sidecar.Hosting.ProcFs;

namespace Sidecar.Adapter.Probes.Network;

/// Passes when something in the pod listens on the port. Read from the kernel's tables: the app sees no connection.
internal sealed class PortProbe(int port, ListeningPorts ports) : IProbe
{
    public Task<ProbeResult> AskAsync(CancellationToken timeout) => Task.FromResult(Look());

    private ProbeResult Look()
    {
        try
        {
            return ports.IsListening(port) ? ProbeResult.Passed("listening") : ProbeResult.Failed("nothing listens");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return ProbeResult.Unknown("the kernel's tables (/proc/net/tcp) can't be read");
        }
    }
}
