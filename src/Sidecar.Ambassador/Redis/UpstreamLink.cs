using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Io;
using Sidecar.Ambassador.Redis.PubSub;

namespace Sidecar.Ambassador.Redis;

/// A connection to the upstream as its users see it: it takes commands at any time, sends them in order, and hands each reply to
/// its client. Connections below it come and go. A lane is shared by clients; another link belongs to one client.
internal sealed class UpstreamLink
{
    private readonly RedisEngine _engine;
    private readonly ClientSession? _owner;
    private readonly Backlog _backlog;
    private readonly ReadStall _stall;
    private readonly Demotion _demotion;
    private readonly Asides _asides;
    private readonly Attempts _attempts;
    private readonly Pulse _pulse;
    private UpstreamConnection? _connection;
    private bool _hasTunneled;
    private bool _endsAfterSend;
    private string _trouble = "not connected yet";

    public UpstreamLink(RedisEngine engine, ClientSession? owner, IReadOnlyList<SetUp> setUps, ClusterNode? node)
    {
        (_engine, _owner, Node) = (engine, owner, node);
        SetUps = owner?.SetUps ?? setUps;
        _backlog = new Backlog(engine.Buffers, engine.HoldsWrites);
        _stall = new ReadStall(engine);
        _demotion = new Demotion(engine, _backlog);
        _asides = new Asides(this, owner, _backlog);
        _attempts = new Attempts(engine, this);
        _pulse = new Pulse(engine, _backlog);
        Waits = new WaitingTime(engine, owner is null ? null : node?.Lane ?? engine.Lane);
    }

    public ClientSession? Owner => _owner;

    public bool IsLane => _owner is null;

    /// Which node of a cluster it leads to; null where there is one upstream.
    public ClusterNode? Node { get; }

    public bool IsReady => _connection is { IsReady: true };

    /// What a new connection has to hear before the first command.
    public IEnumerable<SetUp> SetUps { get; }

    public bool IsClosed { get; private set; }

    /// Bytes pass as they come, both ways; nothing is matched with anything any more.
    public bool IsTunnel { get; set; }

    public bool IsDirty { get; set; }

    /// Whether a large reply may be passed on while it comes: it is one to a client.
    public bool MayComeInParts => _asides.MayComeInParts;

    public int Waiting => _backlog.Count;

    /// Commands and bytes that wait for a server, or for another master.
    public (int Commands, int Bytes) Queue => IsReady && !_backlog.HasHeld ? default : (_backlog.Count, _backlog.Length);

    /// What its client hears on it beside replies.
    public Subscriptions? Subscriptions => _owner is null || (Node is not null && Node != _owner.SubscribedOn) ? null : _owner.Subscriptions;

    public bool IsFull => _backlog.Length > _engine.Options.ClientBacklog;

    public WaitingTime Waits { get; }

    public string Trouble => IsReady ? "" : _trouble;

    private ServerAddress? Server => Node?.Address ?? _engine.Target;

    public void Enqueue(in PendingReply pending, ReadOnlySpan<byte> frame)
    {
        if (Waits.Refusal(_backlog, frame.Length, _trouble, IsReady) is { } refusal)
        {
            Answer(pending, refusal);
            return;
        }
        _backlog.Add(pending, frame);
        if (!IsReady || _backlog.HasHeld)
            _engine.Counters.Held++;
        Wake();
    }

    /// A command whose bytes follow by Stream.
    public void EnqueueStreamed(in PendingReply pending)
    {
        if (!IsReady && _backlog.Count == 0)
            Waits.Begin();
        _backlog.Add(pending, []);
    }

    /// Gives our own reply when everything of the client's before it is answered.
    public void Answer(in PendingReply pending, byte[] reply)
    {
        if (pending.TryAnswerAtOnce(reply))
            return;
        _backlog.Add(pending with { Reply = reply }, []);
        _backlog.AnswerHeads();
    }

    /// Bytes of a large command or of a tunnel; see Backlog.AddStreamed.
    public void Stream(ReadOnlySpan<byte> bytes)
    {
        if (!IsReady && _backlog.Length == 0 && _backlog.Count == 0)
            Waits.Begin();
        _backlog.AddStreamed(bytes);
        Wake();
    }

    /// The client sends nothing more: so do we, and the server does what it does then.
    public void EndSending()
    {
        _endsAfterSend = true;
        Wake();
    }

    public void Flush()
    {
        IsDirty = false;
        if (!IsReady || _demotion.IsOn || _connection is not { } connection)
            return;
        var unsent = _backlog.Unsent;
        if (!unsent.IsEmpty)
        {
            _hasTunneled |= IsTunnel;
            int sent = connection.Send(unsent);
            if (sent == SocketResult.Lost)
            {
                Lose("the connection was reset");
                return;
            }
            _backlog.MarkSent(sent);
            if (_owner is not null && !IsFull)
                _owner.Continue();
        }
        if (_endsAfterSend && _backlog.Unsent.IsEmpty)
            connection.EndSending();
    }

    /// The master is another one now.
    public void Retarget()
    {
        if (IsClosed)
            return;
        if (!IsReady || !_backlog.AwaitsReply || Subscriptions is not null || (_pulse.IsSilent && !Demotion.IsBlocked(_backlog)))
            Leave("the master changed");
        else
            _demotion.Begin(_connection);
    }

    /// The master is about to be replaced: what would write waits.
    public void HoldWrites()
    {
        if (!IsTunnel)
            _backlog.HoldWrites();
    }

    /// The master is replaced, or stays.
    public void ReleaseWrites()
    {
        _backlog.ReleaseWrites();
        Wake();
    }

    /// See Backlog.GiveAway.
    public void GiveAway(Func<PendingReply, UpstreamLink?> elsewhere) => _backlog.GiveAway(elsewhere);

    /// Its node has nothing for it any more.
    public void Leave()
    {
        Lose("it has no slots any more");
        if (Waiting == 0)
            Close();
    }

    public void Tick()
    {
        if (IsLane || Node is not null)
            _stall.EndIfTooLong();
        if (!IsReady)
        {
            if (_connection is not null && _attempts.IsTooSlow)
                Lose(_engine.Encrypts ? "no answer to the TLS handshake" : "no answer to the connection attempt");
            GiveUpOnOld();
            Wake();
            return;
        }
        if (_demotion.IsOver)
        {
            Leave("it is no master any more");
            return;
        }
        // What may block is silent by right, and who is not read can't be heard.
        if (_pulse.IsSilent && !_stall.IsOn && (IsLane || !_owner!.MayBeBlocked) && _pulse.IsDead(Server!, SetUps))
            Leave("it was silent while the server answered others");
        else if (_pulse.WantsProbe && (IsLane || (Subscriptions is not null && !IsTunnel)))
        {
            _pulse.BeginProbe();
            Wake();
        }
    }

    public void Close()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        _connection?.Close();
        _connection = null;
        _attempts.End();
        _backlog.Clear();
        _engine.Forget(this);
    }

    public void Heard() => _pulse.Hear();

    /// The connection stands, and may be used. A node of a cluster says of each command whether it is the one to ask.
    public void Begin(bool isMaster)
    {
        _demotion.WasMaster = isMaster && Node is null;
        _attempts.Succeed();
        _backlog.ForgetDeparted(_engine.Departures);
        _engine.Connected(this);
        Wake();
    }

    /// The server is not the one hoped for.
    public void Refuse(string complaint, bool isLogInRefused)
    {
        if (isLogInRefused)
            _engine.Expel(this, _owner, complaint);
        Lose(complaint);
    }

    public void OnFault(Exception fault)
    {
        _engine.Faulted(fault);
        Lose("an unexpected fault");
    }

    public void Wake()
    {
        if (IsClosed)
            return;
        if (IsReady)
            _engine.Due.FlushSoon(this);
        else if (_connection is null && _attempts.MayBegin && (IsLane || _backlog.Length > 0 || _backlog.Count > 0))
            Connect();
    }

    private void Connect()
    {
        if (Server is not { } server)
        {
            _trouble = _engine.TargetTrouble;
            return;
        }
        _attempts.Begin();
        _connection = new UpstreamConnection(_engine, this);
        _connection.Open(server);
    }

    // Large replies of a server that is no master any more are not passed on: they are asked for again, or their fate counts as unknown.
    public void TakePart(ReadOnlySpan<byte> part)
    {
        if (!part.IsEmpty && !_demotion.IsOn && _asides.ReceiverOf(part, _connection!.IsPush) is { } client)
            Deliver(client, part, client == _backlog.Head.Client ? _backlog.Head.Turn : null);
    }

    public void Take(ReadOnlySpan<byte> reply)
    {
        var connection = _connection!;
        if (_asides.Take(reply, connection.IsPush))
        {
            _backlog.AnswerHeads();
            return;
        }
        if (_backlog.Count == 0)
        {
            Lose("the upstream sent a reply that nobody asked for");
            return;
        }
        if (connection.IsError && _demotion.WasMaster && !_backlog.Head.WasRefused && Demotion.IsShownBy(reply))
        {
            _engine.Demoted();
            if (Subscriptions is not null)
            {
                _backlog.Head.IsRefused = true;
                Lose("it is no master any more");
                return;
            }
            _demotion.Begin();
        }
        if (_demotion.IsOn)
        {
            _demotion.Hear(reply, connection.IsInLarge);
            if (_demotion.IsOver)
                Leave("it is no master any more");
            return;
        }
        bool isError = connection.IsError;
        if (isError && Node is not null && _engine.Cluster!.Redirections.Takes(this, _backlog, reply))
            return;
        _engine.Insight.Answered(_backlog, _engine);
        var answered = _backlog.TakeHead();
        if (answered.Client is { } client)
        {
            Deliver(client, reply, answered.Turn);
            answered.Conclude(isError, reply);
        }
        else
        {
            _pulse.EndProbe();
            // It stands in another database than the client believes: the next connection is told first.
            if (answered.SetUp is not null && reply.StartsWith("-NOPERM"u8))
                Lose("the upstream refused to choose the database");
            answered.Inquiry?.Hear(reply);
            if (answered.Subscription is not null)
                _owner!.CloseAfterOutput("the upstream does not let it subscribe again");
        }
        _backlog.AnswerHeads();
    }

    /// Bytes pass as they come.
    public void TakeTunneled(ReadOnlySpan<byte> bytes) => Deliver(_owner!, bytes);

    /// Hands the client what the server said, and stops listening while it does not read.
    public void Deliver(ClientSession client, ReadOnlySpan<byte> bytes, Turn? turn = null)
    {
        if (turn is null)
            client.Deliver(bytes);
        else
            turn.Deliver(bytes);
        if (client.IsFull && _connection is not null)
            _stall.Begin(client, _connection.Socket);
    }

    /// The server may have ended it in good order.
    public void Lose(string reason, bool isEnd = false)
    {
        if (IsClosed || _connection is not { } connection)
            return;
        bool wasReady = connection.IsReady;
        bool isLetGo = isEnd && _demotion.HearEnd(connection.IsInLarge);
        if (wasReady)
            Waits.Begin();
        if (connection.IsInLarge && !_demotion.IsOn)
            (_owner ?? _backlog.Head.Client)?.Close("its reply was cut off by the upstream");
        connection.Close();
        _connection = null;
        _asides.Lose();
        _stall.Forget();
        _demotion.End();
        _pulse.EndProbe();
        _trouble = reason;
        _attempts.Fail();
        _engine.Lost(this, connection.Server, reason, wasReady);
        if (!wasReady)
            return;
        if (_owner?.IsLostWith(this) == true || (IsTunnel && _hasTunneled) || _endsAfterSend)
            _owner!.CloseAfterOutput("its upstream connection was lost");
        else if (!IsTunnel)
        {
            _backlog.Lose(_engine.Counters, Subscriptions?.Renewals(_engine.Now) ?? []);
            _backlog.AnswerHeads();
            _engine.Cluster?.Reroute(this);
        }
        if (isLetGo)
            TryAtOnce();
    }

    private void Leave(string reason)
    {
        Lose(reason);
        TryAtOnce();
    }

    /// The server is there, or another one is: no need to wait.
    public void TryAtOnce()
    {
        _attempts.StartOver();
        Wake();
    }

    private void GiveUpOnOld()
    {
        if (_owner is not null && (IsTunnel || _owner.IsStreaming || Subscriptions is not null))
        {
            if (Waits.IsOver)
                _owner.Close("there is no upstream");
            return;
        }
        _backlog.GiveUp(Waits, _trouble, _engine.Departures);
        _backlog.AnswerHeads();
    }
}
