using System.Net;

namespace Sidecar.Ambassador.Redis;

/// Tells whether a connection that is silent is dead: by a probe of its server, one at a time for each.
internal sealed class LifeProbes(RedisEngine engine)
{
    private readonly Dictionary<EndPoint, LifeProbe> _probes = [];

    /// True when the server has answered a probe that began after this silence. Until then it is asked.
    public bool Disprove(ServerAddress server, long silentSince, bool writes, IEnumerable<SetUp> setUps)
    {
        if (_probes.TryGetValue(server.EndPoint, out var probe))
        {
            if (probe.Disproves(silentSince, writes))
                return true;
            if (!probe.IsStale)
                return false;
        }
        _probes[server.EndPoint] = new LifeProbe(engine, server, setUps).Begin();
        return false;
    }

    public void Tick()
    {
        foreach (var (server, probe) in _probes)
        {
            probe.Tick();
            if (probe.IsStale)
                _probes.Remove(server);
        }
    }
}
