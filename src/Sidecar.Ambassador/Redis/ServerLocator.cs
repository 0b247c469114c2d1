using System.Net;
using System.Net.Sockets;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis;

/// Finds one server by its name, and again whenever a connection to it fails: its address may have changed.
internal sealed class ServerLocator(HostPort host, Action<ServerAddress> found, Action<string?> trouble, TimeProvider time) : IUpstreamLocator
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CalmInterval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _asked = new(0);
    private IPAddress? _last;

    public void Suspect(string reason)
    {
        if (_asked.CurrentCount == 0)
            _asked.Release();
    }

    public async Task TurnAsync(CancellationToken stopping)
    {
        if (IPAddress.TryParse(host.Host, out var fixedAddress))
        {
            found(new ServerAddress(new IPEndPoint(fixedAddress, host.Port), host.Host));
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stopping);
        }
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host.Host, stopping);
            // While its address is still among them, a healthy connection stays where it is.
            if (_last is null || !addresses.Contains(_last))
                _last = addresses.FirstOrDefault();
            if (_last is not null)
                found(new ServerAddress(new IPEndPoint(_last, host.Port), host.Host));
            trouble(null);
        }
        catch (SocketException unknown)
        {
            trouble($"'{host.Host}' does not resolve: {unknown.Message}");
        }
        await Task.Delay(Pause, time, stopping);
        await _asked.WaitAsync(_last is null ? Pause : CalmInterval, stopping);
    }

    public void Dispose() => _asked.Dispose();
}
