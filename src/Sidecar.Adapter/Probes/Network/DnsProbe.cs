using System.Net;
using System.Net.Sockets;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// Passes when a name resolves to so many addresses as expected, as the app itself would resolve it.
internal sealed class DnsProbe(string name, NumberRanges count) : IProbe
{
    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name, timeout);
            var seen = addresses.Length == 1 ? "1 address" : $"{addresses.Length} addresses";
            return count.Contains(addresses.Length) ? ProbeResult.Passed(seen) : ProbeResult.Failed($"{seen}, expected {count}");
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.TimedOut("waiting for the name server");
        }
        catch (SocketException unresolved) when (count.Contains(0) && unresolved.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return ProbeResult.Passed("no address");
        }
        catch (SocketException unresolved)
        {
            return ProbeResult.Failed($"does not resolve ({Dialer.Explain(unresolved)})");
        }
    }
}
