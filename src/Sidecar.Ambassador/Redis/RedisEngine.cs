using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Ambassador.Redis.Io;
using Sidecar.Ambassador.Routes;
using Sidecar.Ambassador.Upstreams;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Redis;

/// The one thread of a Redis listener: clients, lane and own connections live on it, so nothing is locked and the order in which
/// commands arrive is the order in which they leave.
internal sealed partial class RedisEngine : IDisposable
{
    private const int TickMilliseconds = 50;
    private const int ClusterLargeFrom = 1024 * 1024;
    private const int MostConnecting = 32;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryCeiling = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _route;
    private readonly IRedisIo _io;
    private readonly UpstreamTls? _tls;
    private readonly RetrySchedule _retry = new(FirstRetry, RetryCeiling, Random.Shared.NextDouble);
    private readonly long _started;
    private readonly HashSet<ClientSession> _clients = [];
    private readonly HashSet<UpstreamLink> _links = [];
    private readonly List<UpstreamLink> _ticking = [];
    private long _masterWantedUntil = -1;
    private long _tickedAt;
    private readonly UpstreamTrouble _trouble;
    private readonly Handover _handover;

    public RedisEngine(RedisRoute route, RedisOptions options, TimeProvider time, ILogger logger)
    {
        (_route, Credentials, Database, HasSentinels) = (route.Name, route.Credentials, route.Database, route.IsSentinel);
        (Options, _time, _logger) = (options, time, logger);
        _tls = route.Tls;
        _started = time.GetTimestamp();
        _io = options.Io == RedisIoKind.Sockets || !EpollNative.IsSupported ? new SocketsIo() : new EpollIo();
        _trouble = new UpstreamTrouble(route.Name, reason => Upstream(reason), logger);
        _handover = new Handover(this, _links, route.Name, logger);
        RepeatsFrom = options.Replay switch
        {
            Replay.None => CommandEffect.Connection,
            Replay.Reads => CommandEffect.Read,
            _ => CommandEffect.Repeatable,
        };
        Insight = new RouteInsight(options, time);
        Probes = new LifeProbes(this);
        Partings = new Partings(this);
        Lane = NewLink(owner: null);
        Lanes = new IdentityLanes(this);
        if (!route.IsCluster)
            return;
        Cluster = new ClusterNodes(this, route.Name, logger);
        // What was passed on while it came can't be sent to another node.
        Options = options with { LargeFrom = Math.Max(options.LargeFrom, ClusterLargeFrom) };
    }

    /// Told, on the engine's thread, when an upstream is silent, gone, or not what it should be.
    public Action<string> Suspect { get; init; } = _ => { };

    /// Told, on the engine's thread, what is wrong with the upstream, and when all is well again (null).
    public Action<string?> Upstream { get; init; } = _ => { };

    public RedisOptions Options { get; }

    public RedisCounters Counters { get; } = new();

    public BufferPool Buffers { get; } = new();

    public DueWork Due { get; } = new();

    public Partings Partings { get; }

    /// Clients leave as soon as they may.
    public bool IsStopping { get; private set; }

    /// What one receive fills; whoever receives uses it up before it returns.
    public byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);

    public RouteCredentials? Credentials { get; }

    /// Clients log in to us, and what they log in with is none of the upstream's business.
    public bool AnswersLogIn => Credentials is not null || Options.LocalPassword is not null;

    public bool Encrypts => _tls is not null;

    public bool HasSentinels { get; }

    public int Database { get; }

    /// How many milliseconds a connection has for the answers to what was sent before the upstream moved. What the Sentinels depose
    /// must not be listened to for long; where a name now leads elsewhere, the old server may be as good as before.
    public long DrainLimit => HasSentinels ? 100 : 1000;

    public UpstreamLink Lane { get; }

    public IReadOnlyCollection<UpstreamLink> Links => _links;

    public IdentityLanes Lanes { get; }

    /// The nodes of a cluster; null where there is one upstream.
    public ClusterNodes? Cluster { get; }

    public RouteInsight Insight { get; }

    public LifeProbes Probes { get; }

    /// How many upstream connections are being made.
    public int Connecting { get; set; }

    /// What the present server's commands mean.
    public CommandTable Commands { get; set; } = CommandTable.BuiltIn;

    /// What may be sent again when nobody knows whether it was executed: this, and what matters less.
    public CommandEffect RepeatsFrom { get; }

    /// The master is about to be replaced.
    public bool HoldsWrites => _handover.IsOn;

    public ServerAddress? Target { get; private set; }

    public string TargetTrouble { get; private set; } = "the upstream is not known yet";

    /// Milliseconds; read once for all that becomes ready together.
    public long Now { get; private set; }

    /// The same moment as the clock's timestamp, for what is measured more finely.
    public long Timestamp { get; private set; }

    public int OwnLinks { get; private set; }

    /// How many clients have left.
    public long Departures { get; private set; }

    /// The listeners' sockets are ours from here on.
    public void Listen(IEnumerable<Socket> listeners)
    {
        foreach (var listener in listeners)
            _io.Listen(listener, Accept);
    }

    public void Post(Action work) => _io.Post(work);

    public void Run(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            Turn();
            if (IsStopping && _clients.Count == 0)
                return;
        }
    }

    /// Where the upstream is now. Connections to another place are given up, and their clients follow.
    public void SetTarget(ServerAddress target)
    {
        if (target.EndPoint.Equals(Target?.EndPoint))
            return;
        var old = Target;
        Target = target;
        if (old is not null)
        {
            Counters.Failovers++;
            Insight.Flight.Note($"moved from {old} to {target}");
            Log.Moved(_logger, _route, old.EndPoint, target.EndPoint);
        }
        _handover.End();
        foreach (var link in _links.ToArray())
            link.Retarget();
    }

    /// The Sentinels are about to replace the master, or after all are not.
    public void SetHandover(bool isAnnounced)
    {
        if (isAnnounced)
            _handover.Begin();
        else
            _handover.End();
    }

    public Greeting Greet(IEnumerable<SetUp> setUps)
    {
        var role = HasSentinels ? RoleCheck.Always : Now < _masterWantedUntil ? RoleCheck.ForNow : RoleCheck.Noted;
        return new Greeting(Credentials, Database, role, setUps);
    }

    /// A server that was master refuses what only a master does. Without Sentinels somebody else decides who is: for as long as
    /// commands wait, only a master will do.
    public void Demoted()
    {
        _masterWantedUntil = Now + (long)Options.QueueTimeout.TotalMilliseconds + (2 * TickMilliseconds);
        Insight.Flight.Note($"{Target} refuses what a master does");
        Suspect("the upstream is no master any more");
    }

    /// They waited for somebody to tell where the upstream is.
    public void ContinueClients()
    {
        foreach (var client in _clients)
            client.Continue();
    }

    /// Why nobody tells where the upstream is; null when somebody does.
    public void SetTargetTrouble(string? trouble)
    {
        if (trouble is not null)
            Insight.Flight.Note(trouble);
        TargetTrouble = trouble ?? TargetTrouble;
        _trouble.OfWhereabouts(Cluster is { IsKnown: true } cluster ? cluster.Home.Address : Target, trouble);
    }

    /// No new requests; each client leaves when its last reply is out.
    public void Stop()
    {
        IsStopping = true;
        _io.StopListening();
        foreach (var client in _clients.ToArray())
            client.Finish();
    }

    public void Dispose()
    {
        foreach (var client in _clients.ToArray())
            client.Close("the ambassador stops");
        foreach (var link in _links.ToArray())
            link.Close();
        Partings.EndAll();
        _io.Dispose();
    }

    /// A connection for one client, for all, or for all who are the same to the server.
    public UpstreamLink NewLink(ClientSession? owner, IReadOnlyList<SetUp>? setUps = null, ClusterNode? node = null)
    {
        var link = new UpstreamLink(this, owner, setUps ?? [], node);
        _links.Add(link);
        OwnLinks += link.IsLane ? 0 : 1;
        return link;
    }

    public IRedisSocket Connect(ServerAddress target, IReady ready) =>
        _tls is null ? _io.Connect(target.EndPoint, ready) : new TlsSocket(_io, target.EndPoint, _tls, target.Host, ready);

    /// Whoever comes back to a server that was away comes with many others: so many at a time, and while nobody knows whether it is
    /// back, one beside the shared connection.
    public bool MayConnect(UpstreamLink link)
    {
        var shared = link.Node?.Lane ?? Lane;
        return link == shared || Connecting < (shared.IsReady ? MostConnecting : 1);
    }

    public long Retry(int failures) => (long)Math.Ceiling(_retry.After(Math.Min(failures, 20)).TotalMilliseconds);

    public void Connected(UpstreamLink link)
    {
        Counters.Connects++;
        if (link.IsLane)
            new CommandInquiry(this, link).Begin();
        if (link != (link.Node?.Lane ?? Lane))
            return;
        Log.Connected(_logger, _route, (link.Node?.Address ?? Target!).EndPoint);
        Insight.Flight.Note($"connected to {link.Node?.Address ?? Target}");
        Trouble(link, reason: null);
        foreach (var other in _links)
        {
            if (other.Node == link.Node && !other.IsReady)
                other.TryAtOnce();
        }
    }

    public void Lost(UpstreamLink link, ServerAddress server, string reason, bool wasReady)
    {
        if (!wasReady)
            Counters.ConnectsFailed++;
        if (link == (link.Node?.Lane ?? Lane))
        {
            Insight.Flight.Note($"no connection to {server}: {reason}");
            Trouble(link, reason);
        }
        Suspect(reason);
    }

    /// The server does not take a client's login any more: whoever relies on it is let go, as by a server that went away, and logs in anew.
    public void Expel(UpstreamLink link, ClientSession? owner, string reason)
    {
        link.Close();
        Lanes.ForgetClosed();
        foreach (var client in owner is null ? _clients.Where(client => client.SharesWith(link)).ToArray() : [owner])
            client.CloseAfterOutput(reason);
    }

    public void Forget(UpstreamLink link)
    {
        _links.Remove(link);
        OwnLinks -= link.IsLane ? 0 : 1;
    }

    public void Left(ClientSession client, string reason)
    {
        _clients.Remove(client);
        Departures++;
        Volatile.Write(ref Counters.Clients, _clients.Count);
        Log.Left(_logger, _route, reason);
    }

    public void Faulted(Exception fault)
    {
        Counters.Faults++;
        Log.Faulted(_logger, fault, _route);
    }

    private void Accept(Socket accepted)
    {
        if (IsStopping)
        {
            accepted.Dispose();
            return;
        }
        var client = new ClientSession(this);
        client.Start(_io.Adopt(accepted, client));
        _clients.Add(client);
        Volatile.Write(ref Counters.Clients, _clients.Count);
    }

    private void Turn()
    {
        _io.Wait(TickMilliseconds);
        Timestamp = _time.GetTimestamp();
        Now = (long)_time.GetElapsedTime(_started, Timestamp).TotalMilliseconds;
        _io.Tell();
        if (Now - _tickedAt >= TickMilliseconds)
        {
            _tickedAt = Now;
            Tick();
        }
        Due.DoAll();
    }

    private void Tick()
    {
        _ticking.Clear();
        _ticking.AddRange(_links);
        var (commands, bytes) = (0L, 0L);
        foreach (var link in _ticking)
        {
            link.Tick();
            link.Owner?.Path.LeaveIdleOwn();
            commands += link.Queue.Commands;
            bytes += link.Queue.Bytes;
        }
        (Counters.Waiting, Counters.WaitingBytes, Counters.OwnLinks, Counters.Lanes) = (commands, bytes, OwnLinks, _links.Count - OwnLinks);
        Lanes.Tick();
        _handover.Tick();
        Probes.Tick();
        Partings.Tick();
        Cluster?.Tick();
    }

    private void Trouble(UpstreamLink lane, string? reason)
    {
        var (upstream, trouble) = lane.Node is { } node ? Cluster!.Heard(node, reason) : (Target, reason);
        ShowTrouble((upstream, trouble));
    }

    public void ShowTrouble((ServerAddress? Upstream, string? Reason) shown) => _trouble.OfConnection(shown.Upstream, shown.Reason);

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Information, "Route '{Route}': connected to {Upstream}.")]
        public static partial void Connected(ILogger logger, string route, EndPoint upstream);

        [LoggerMessage(2503, LogLevel.Warning, "Route '{Route}': the upstream moved from {Old} to {New}; its clients follow.")]
        public static partial void Moved(ILogger logger, string route, EndPoint old, EndPoint @new);

        [LoggerMessage(2504, LogLevel.Debug, "Route '{Route}': a client's connection ended: {Reason}.")]
        public static partial void Left(ILogger logger, string route, string reason);

        [LoggerMessage(2505, LogLevel.Error, "Route '{Route}': something unexpected ended one connection; the others go on.")]
        public static partial void Faulted(ILogger logger, Exception fault, string route);
    }
}
