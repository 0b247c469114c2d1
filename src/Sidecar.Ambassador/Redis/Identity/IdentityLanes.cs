using System.Text;
using Sidecar.Ambassador.Redis.Cluster;

namespace Sidecar.Ambassador.Redis.Identity;

/// The shared connections for clients that logged in to the server themselves, or speak RESP3: one for each login and protocol, so that
/// nobody's command goes over a connection on which somebody else is logged in. One that nobody uses any more is closed after a while.
internal sealed class IdentityLanes(RedisEngine engine, ClusterNode? node = null)
{
    private readonly Dictionary<string, IdentityLane> _lanes = [];
    private readonly List<string> _over = [];

    public int Count => _lanes.Count;

    public IdentityLane Enter(IReadOnlyList<SetUp> setUps)
    {
        string key = string.Concat(setUps.Select(setUp => Encoding.Latin1.GetString(setUp.Frame)));
        if (!_lanes.TryGetValue(key, out var lane))
            _lanes[key] = lane = new IdentityLane(engine.NewLink(owner: null, setUps, node));
        lane.Users++;
        return lane;
    }

    public void Leave(IdentityLane lane)
    {
        lane.Users--;
        lane.IdleSince = engine.Now;
    }

    public void Tick()
    {
        if (_lanes.Count == 0)
            return;
        foreach (var lane in _lanes.Values)
        {
            if (lane is { Users: 0, Link.Waiting: 0 } && engine.Now - lane.IdleSince > engine.Options.IdleLane.TotalMilliseconds)
                lane.Link.Close();
        }
        ForgetClosed();
    }

    /// The next client with the identity of one that was closed gets another.
    public void ForgetClosed()
    {
        foreach (var (key, lane) in _lanes)
        {
            if (lane.Link.IsClosed)
                _over.Add(key);
        }
        foreach (string key in _over)
            _lanes.Remove(key);
        _over.Clear();
    }
}
