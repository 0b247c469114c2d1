using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Identity;

/// Who one client is to the server: what its connections have to hear, and so which shared one it may use.
internal sealed class ClientIdentity(RedisEngine engine)
{
    private static readonly byte[] Resp2 = RequestWriter.Encode("HELLO", "2");

    private readonly SortedDictionary<SetUpKind, SetUp> _setUps = [];
    private readonly List<(ClusterNode Node, IdentityLane Lane)> _onNodes = [];
    private IdentityLane? _shared;
    private UpstreamLink? _lane;

    /// In the order in which they are said.
    public IEnumerable<SetUp> SetUps => _setUps.Values;

    public UpstreamLink Lane => _lane ??= FindLane();

    public bool SpeaksResp3 => _setUps.ContainsKey(SetUpKind.Hello);

    private IEnumerable<SetUp> SharedSetUps => _setUps.Values.Where(setUp => setUp.Kind is SetUpKind.Auth or SetUpKind.Hello);

    public bool Shares(UpstreamLink lane) => _lane == lane || _onNodes.Exists(entered => entered.Lane.Link == lane);

    public void Remember(SetUp setUp)
    {
        foreach (var part in setUp.Kind == SetUpKind.Hello ? HelloRequest.Split(setUp.Frame) : [setUp])
        {
            if (part.Kind is SetUpKind.Auth or SetUpKind.Hello)
                LeaveLane();
            // What every connection speaks anyway need not be said.
            if (part.Kind == SetUpKind.Hello && part.Frame.AsSpan().SequenceEqual(Resp2))
                _setUps.Remove(SetUpKind.Hello);
            else
                _setUps[part.Kind] = part;
            if (part.Kind == SetUpKind.Auth)
                engine.Cluster?.LoggedIn(part.Frame);
        }
    }

    /// From here on it speaks as the HELLO says, if a connection that it can share stands already.
    public bool TrySwitch(SetUp hello)
    {
        var before = _setUps.Values.ToArray();
        Remember(hello);
        if ((engine.Cluster is { } nodes ? LaneOn(nodes.Home) : Lane).IsReady)
            return true;
        Forget();
        foreach (var setUp in before)
            _setUps[setUp.Kind] = setUp;
        return false;
    }

    public void Forget()
    {
        LeaveLane();
        _setUps.Clear();
    }

    /// The one to a node of a cluster.
    public UpstreamLink LaneOn(ClusterNode node)
    {
        foreach (var (entered, lane) in _onNodes)
        {
            if (entered == node && !lane.Link.IsClosed)
                return lane.Link;
        }
        if (!SharedSetUps.Any())
            return node.Lane;
        var shared = node.Lanes.Enter([.. SharedSetUps]);
        _onNodes.Add((node, shared));
        return shared.Link;
    }

    private UpstreamLink FindLane()
    {
        if (!SharedSetUps.Any())
            return engine.Lane;
        _shared = engine.Lanes.Enter([.. SharedSetUps]);
        return _shared.Link;
    }

    private void LeaveLane()
    {
        if (_shared is not null)
            engine.Lanes.Leave(_shared);
        (_shared, _lane) = (null, null);
        foreach (var (node, lane) in _onNodes)
            node.Lanes.Leave(lane);
        _onNodes.Clear();
    }
}
