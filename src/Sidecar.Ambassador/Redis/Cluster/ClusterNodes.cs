using System.Net;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Which node has which slot, as the engine believes it now: what the cluster told last, and what a redirection told since.
internal sealed partial class ClusterNodes
{
    // So long a redirection is believed rather than a node that has not heard of it yet.
    private const long RedirectionHolds = 1000;

    // A node that was cut off keeps saying what it knew. When all say so for so long, the cluster was set up anew.
    private const long OldIsIgnored = 10_000;

    // So long a node without slots is kept, and what it was asked may be answered by one that has lost its last.
    private const long WantedFor = 10_000;
    private const long AnswersFor = 100;

    private readonly RedisEngine _engine;
    private readonly string _route;
    private readonly ILogger _logger;
    private readonly Dictionary<HostPort, ClusterNode> _nodes = [];
    private readonly Dictionary<int, (ClusterNode Node, long At)> _redirected = [];
    private readonly List<ClusterNode> _left = [];
    private long _behindSince = long.MaxValue;
    private ClusterNode?[] _owners = new ClusterNode?[KeySlot.Count];

    public ClusterNodes(RedisEngine engine, string route, ILogger logger)
    {
        (_engine, _route, _logger) = (engine, route, logger);
        Redirections = new Redirections(engine, this);
    }

    /// Asks the cluster again, this node first: it knows best.
    public Action<HostPort?> Refresh { get; set; } = _ => { };

    /// Told what an app was let in with.
    public Action<byte[]> LoggedIn { get; set; } = _ => { };

    public Redirections Redirections { get; }

    public ScriptBodies Scripts { get; } = new();

    public bool IsKnown => Masters.Count > 0;

    /// Whether a command may still wait for somebody to tell where the nodes are.
    public bool MayBeWaitedFor => _engine.Now < _engine.Options.QueueTimeout.TotalMilliseconds;

    /// By their ids: the same order for as long as they are the same.
    public IReadOnlyList<ClusterNode> Masters { get; private set; } = [];

    /// Changes whenever a slot changes hands.
    public int Version { get; private set; } = 1;

    /// What tells the masters of now from others.
    public int Fingerprint { get; private set; }

    /// Connections that clients share.
    public int Lanes { get; private set; }

    /// What /status shows; replaced as a whole, for any thread to read.
    public ClusterStatus Status { get; private set; } = new([], null);

    /// Where what has no key goes: always the same, so that what is set there is found there.
    public ClusterNode Home => _owners[0] ?? Masters[0];

    /// Where to ask for a slot; nobody's slot is asked for at home, where its absence is told.
    public ClusterNode Owner(int slot) => _owners[slot] ?? Home;

    /// A slot of this node, so that what is meant for the node finds its successor.
    public int SlotOf(ClusterNode node) => Math.Max(0, Array.IndexOf(_owners, node));

    public void Apply(ClusterLayout layout)
    {
        var owners = new ClusterNode?[KeySlot.Count];
        bool isBehind = false;
        foreach (var range in layout.Ranges)
        {
            var node = Find(range.Master) ?? Add(range.Master, layout.Addresses[range.Master]);
            Move(node, layout.Addresses[range.Master]);
            for (int slot = range.First; slot <= range.Last; slot++)
            {
                bool isOlder = _owners[slot] is { LeftAt: null } known && known != node && known.Epoch > range.Epoch && !IsOldBelieved;
                isBehind |= isOlder;
                owners[slot] = isOlder ? _owners[slot] : node;
            }
            (node.Id, node.Epoch) = (range.Id, IsOldBelieved ? range.Epoch : Math.Max(node.Epoch, range.Epoch));
        }
        _behindSince = isBehind ? Math.Min(_behindSince, _engine.Now) : long.MaxValue;
        foreach (var (slot, told) in _redirected)
        {
            if (_engine.Now - told.At < RedirectionHolds && told.Node.LeftAt is null)
                owners[slot] = told.Node;
            else
                _redirected.Remove(slot);
        }
        if (owners.AsSpan().SequenceEqual(_owners))
            return;
        _owners = owners;
        Changed();
    }

    /// Null for a node that only has a name, and one that the cluster has not told of yet.
    public ClusterNode? Find(HostPort name)
    {
        if (_nodes.TryGetValue(name, out var node))
            return node;
        return IPAddress.TryParse(name.Host, out var address) ? Add(name, new ServerAddress(new IPEndPoint(address, name.Port), name.Host)) : null;
    }

    /// Null unless there is just one.
    public ClusterNode? FindByPort(int port)
    {
        var found = _nodes.Values.Where(node => node.Name.Port == port).Take(2).ToArray();
        return found.Length == 1 ? found[0] : null;
    }

    /// A node says that another one has the slot.
    public void Moved(int slot, ClusterNode to)
    {
        Refresh(to.Name);
        to.WantedUntil = _engine.Now + WantedFor;
        if (_owners[slot] == to)
            return;
        _redirected[slot] = (to, _engine.Now);
        _owners[slot] = to;
        Changed();
    }

    public void Wanted(ClusterNode node) => node.WantedUntil = _engine.Now + WantedFor;

    /// One connection that clients share was made, or lost for a reason. Tells which node is in trouble, and why; none when all is well.
    public (ServerAddress Node, string? Reason) Heard(ClusterNode node, string? reason)
    {
        node.Trouble = reason;
        Tell();
        return Troubled(node);
    }

    // A node without slots is missed by nobody.
    private (ServerAddress Node, string? Reason) Troubled(ClusterNode node)
    {
        var troubled = Masters.FirstOrDefault(other => other.Trouble is not null);
        return (troubled?.Address ?? node.Address, troubled?.Trouble);
    }

    public void Tick()
    {
        if (!IsKnown && !MayBeWaitedFor)
            _engine.ContinueClients();
        Redirections.Tick();
        foreach (var node in Masters)
            node.Lanes.Tick();
        for (int i = _left.Count - 1; i >= 0; i--)
            Part(_left[i]);
    }

    /// What waits for a connection goes to whoever has its slot by now. Nothing of it was sent.
    public void Reroute(UpstreamLink link)
    {
        if (link is { Node: { } node, Waiting: > 0, IsReady: false })
        {
            link.GiveAway(pending =>
            {
                if (pending is { Client: null, Subscription: not null })
                    return node.LeftAt is null ? null : link.Owner!.Path.Cluster!.Resubscribe();
                if (pending.Turn is { Transaction: { } transaction, Client: { IsClosed: false } client })
                    return client.Path.Cluster!.Rebind(transaction, node);
                bool isElsewhere = pending is { Turn: { } turn, Client.IsClosed: false } && Owner(turn.Slot) != node;
                return isElsewhere ? pending.Client!.Path.Cluster!.LinkOn(Owner(pending.Turn!.Slot), isOwn: !link.IsLane) : null;
            });
        }
    }

    private bool IsOldBelieved => _behindSince < _engine.Now - OldIsIgnored;

    private void Changed()
    {
        bool wasKnown = IsKnown;
        var old = Masters;
        Version++;
        Masters = FindMasters();
        Fingerprint = ScanCursor.Fingerprint(Masters.Select(node => node.Id));
        foreach (var node in _nodes.Values.Where(node => !Masters.Contains(node) && node.WantedUntil < _engine.Now).ToArray())
            Leave(node);
        Lanes = _nodes.Count + _left.Count;
        Tell();
        if (IsKnown)
            _engine.ShowTrouble(Troubled(Home));
        if (wasKnown && old.Any(node => !Masters.Contains(node)))
        {
            _engine.Counters.Failovers++;
            Log.Changed(_logger, _route, string.Join(", ", old.Except(Masters)), string.Join(", ", Masters));
        }
        else if (!wasKnown)
        {
            Log.Known(_logger, _route, string.Join(", ", Masters));
            _engine.ContinueClients();
        }
        foreach (var link in _engine.Links.ToArray())
            Reroute(link);
    }

    private List<ClusterNode> FindMasters()
    {
        var masters = new List<ClusterNode>();
        ClusterNode? last = null;
        foreach (var owner in _owners)
        {
            if (owner is not null && owner != last && !masters.Contains(owner))
                masters.Add(owner);
            last = owner;
        }
        masters.Sort(static (one, other) => string.CompareOrdinal(one.Id, other.Id));
        return masters;
    }

    private void Tell() => Status = new ClusterStatus(
        [.. Masters.Select(node => (node.Address.ToString(), _owners.AsSpan().Count(node), node.Trouble))],
        Masters.FirstOrDefault(node => node.Trouble is not null)?.Trouble);

    private ClusterNode Add(HostPort name, ServerAddress address) => _nodes[name] = new ClusterNode(_engine, name, address);

    private void Move(ClusterNode node, ServerAddress address)
    {
        if (node.Address.EndPoint.Equals(address.EndPoint))
            return;
        node.Address = address;
        foreach (var link in _engine.Links.Where(link => link.Node == node).ToArray())
            link.Retarget();
    }

    private void Leave(ClusterNode node)
    {
        _nodes.Remove(node.Name);
        node.LeftAt = _engine.Now;
        _left.Add(node);
    }

    // A node that is healthy answers at once that the slots are elsewhere; one that is silent is not waited for.
    private void Part(ClusterNode node)
    {
        bool isOver = _engine.Now - node.LeftAt > AnswersFor;
        var links = _engine.Links.Where(link => link.Node == node).ToArray();
        foreach (var link in links)
        {
            if (isOver || link.Waiting == 0)
                link.Leave();
        }
        if (Array.TrueForAll(links, link => link.IsClosed))
        {
            _left.Remove(node);
            Lanes = _nodes.Count + _left.Count;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2521, LogLevel.Information, "Route '{Route}': the masters of the cluster are {Masters}.")]
        public static partial void Known(ILogger logger, string route, string masters);

        [LoggerMessage(2522, LogLevel.Warning, "Route '{Route}': {Gone} has no slots any more; the masters are {Masters} now, and its clients follow.")]
        public static partial void Changed(ILogger logger, string route, string gone, string masters);
    }
}
