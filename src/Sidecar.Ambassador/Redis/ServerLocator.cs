using System.Net;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Redis;

/// Finds one server by its name: every 5 s, which is the shortest life that managed services give their records, and at once when a
/// connection to it fails or it turns out to be no master any more.
internal sealed class ServerLocator(RedisRoute route, Action<ServerAddress> found, Action<string?> trouble, TimeProvider time) : IUpstreamLocator
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan CalmInterval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _asked = new(0);
    private IPAddress? _last;

    public void Suspect(string reason)
    {
        if (_asked.CurrentCount == 0)
            _asked.Release();
    }

    public async Task TurnAsync(CancellationToken stopping)
    {
        var host = route.Hosts[0];
        if (IPAddress.TryParse(host.Host, out var fixedAddress))
        {
            found(new ServerAddress(new IPEndPoint(fixedAddress, host.Port), host.Host));
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stopping);
        }
        try
        {
            var addresses = await route.Resolve(host.Host, stopping);
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
