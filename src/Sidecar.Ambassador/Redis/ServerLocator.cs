using System.Net;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Redis;

/// Finds one server by its name: again when its record's life is over, and at once when a connection to it fails or it turns out to be no
/// master any more.
internal sealed class ServerLocator(RedisRoute route, Action<ServerAddress> found, Action<string?> trouble, TimeProvider time) : IUpstreamLocator
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

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
        var answer = await route.Resolve(host, stopping);
        trouble(answer.Failure);
        // While its address is still among them, a healthy connection stays where it is.
        if (answer.Found.Count > 0 && !answer.Found.Any(one => one.Address.Address.Equals(_last)))
            _last = answer.Found[0].Address.Address;
        if (_last is not null)
            found(new ServerAddress(new IPEndPoint(_last, host.Port), host.Host));
        var life = answer.Failure is not null || answer.Ttl < Discovery.Shortest ? Discovery.Shortest
            : answer.Ttl < Discovery.Longest ? answer.Ttl : Discovery.Longest;
        await Task.Delay(Pause, time, stopping);
        await _asked.WaitAsync(_last is null ? Pause : life, stopping);
    }

    public void Dispose() => _asked.Dispose();
}
