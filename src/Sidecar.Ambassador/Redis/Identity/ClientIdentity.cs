namespace Sidecar.Ambassador.Redis.Identity;

/// Who one client is to the server: what its connections have to hear, and so which shared one it may use.
internal sealed class ClientIdentity(RedisEngine engine)
{
    private readonly SortedDictionary<SetUpKind, SetUp> _setUps = [];
    private IdentityLane? _shared;
    private UpstreamLink? _lane;

    /// In the order in which they are said.
    public IEnumerable<SetUp> SetUps => _setUps.Values;

    public UpstreamLink Lane => _lane ??= FindLane();

    public bool Shares(UpstreamLink lane) => _lane == lane;

    public void Remember(SetUp setUp)
    {
        var logIn = setUp.Kind == SetUpKind.Auth ? setUp : null;
        if (setUp.Kind == SetUpKind.Hello)
            (setUp, logIn) = HelloRequest.Split(setUp);
        _setUps[setUp.Kind] = setUp;
        if (logIn is null)
            return;
        LeaveLane();
        _setUps[SetUpKind.Auth] = logIn;
    }

    public void Forget()
    {
        LeaveLane();
        _setUps.Clear();
    }

    private UpstreamLink FindLane()
    {
        if (!_setUps.TryGetValue(SetUpKind.Auth, out var logIn))
            return engine.Lane;
        _shared = engine.Lanes.Enter(logIn);
        return _shared.Link;
    }

    private void LeaveLane()
    {
        if (_shared is not null)
            engine.Lanes.Leave(_shared);
        (_shared, _lane) = (null, null);
    }
}
