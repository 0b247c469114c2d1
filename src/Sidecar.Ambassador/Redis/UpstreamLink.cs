using Sidecar.Ambassador.Redis.Io;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// A connection to the upstream as its users see it: it takes commands at any time, sends them in order, and hands each reply to
/// its client. Connections below it come and go. A lane is shared by clients; another link belongs to one client.
internal sealed class UpstreamLink : IReady
{
    private readonly RedisEngine _engine;
    private readonly ClientSession? _owner;
    private readonly IEnumerable<SetUp> _setUps;
    private readonly Backlog _backlog;
    private readonly ReplyStream _replies;
    private readonly ReadStall _stall;
    private readonly Demotion _demotion;
    private readonly Attempts _attempts;
    private readonly Pulse _pulse;
    private IRedisSocket? _socket;
    private Greeting? _greeting;
    private bool _isReady;
    private bool _hasTunneled;
    private bool _endsAfterSend;
    private string _trouble = "not connected yet";

    public UpstreamLink(RedisEngine engine, ClientSession? owner, SetUp? logIn)
    {
        _engine = engine;
        _owner = owner;
        _setUps = owner?.SetUps ?? (logIn is null ? [] : [logIn]);
        _backlog = new Backlog(engine.Buffers);
        _replies = new ReplyStream(engine.Buffers);
        _stall = new ReadStall(engine);
        _demotion = new Demotion(engine, _backlog);
        _attempts = new Attempts(engine);
        _pulse = new Pulse(engine);
        Waits = new WaitingTime(engine, owner is null);
    }

    public bool IsLane => _owner is null;

    public bool IsReady => _isReady;

    public bool IsClosed { get; private set; }

    /// Bytes pass as they come, both ways; nothing is matched with anything any more.
    public bool IsTunnel { get; set; }

    public bool IsDirty { get; set; }

    public int Waiting => _backlog.Count;

    public bool IsFull => _backlog.Length > _engine.Options.ClientBacklog;

    public WaitingTime Waits { get; }

    public string Trouble => _isReady ? "" : _trouble;

    public void Enqueue(in PendingReply pending, ReadOnlySpan<byte> frame)
    {
        if (!_isReady && Waits.Refusal(_backlog, frame.Length, _trouble) is { } refusal)
        {
            Answer(pending, refusal);
            return;
        }
        if (!_isReady)
            _engine.Counters.Held++;
        _backlog.Add(pending, frame);
        Wake();
    }

    /// A command whose bytes follow by Stream.
    public void EnqueueStreamed(in PendingReply pending)
    {
        if (!_isReady && _backlog.Count == 0)
            Waits.Begin();
        _backlog.Add(pending, []);
    }

    /// Gives our own reply when everything before it is answered.
    public void Answer(in PendingReply pending, byte[] reply)
    {
        _backlog.Add(pending with { Reply = reply }, []);
        AnswerHeads();
    }

    /// Bytes of a large command or of a tunnel; see Backlog.AddStreamed.
    public void Stream(ReadOnlySpan<byte> bytes)
    {
        if (!_isReady && _backlog.Length == 0 && _backlog.Count == 0)
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
        if (!_isReady || _demotion.IsOn || _socket is not { } socket)
            return;
        var unsent = _backlog.Unsent;
        if (!unsent.IsEmpty)
        {
            _hasTunneled |= IsTunnel;
            int sent = socket.Send(unsent);
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
            socket.EndSending();
    }

    /// The master is another one now.
    public void Retarget()
    {
        if (IsClosed)
            return;
        _attempts.StartOver();
        if (_isReady && _backlog.Count > 0)
            _demotion.Begin();
        else if (_socket is not null)
            Lose("the master changed");
        else
            Wake();
    }

    public void Tick()
    {
        if (IsLane)
            _stall.EndIfTooLong();
        if (!_isReady)
        {
            if (_socket is not null && _attempts.IsTooSlow)
                Lose(_engine.Encrypts ? "no answer to the TLS handshake" : "no answer to the connection attempt");
            GiveUpOnOld();
            Wake();
            return;
        }
        if (_demotion.IsOver)
        {
            Lose("it is no master any more");
            return;
        }
        if (_backlog.Count > 0 && _pulse.IsSilentFor(_backlog.Head) && (IsLane || !_owner!.MayBeBlocked))
            _engine.Suspect("the upstream is silent");
        if (IsLane && _backlog.Count == 0 && _pulse.WantsProbe)
        {
            _pulse.BeginProbe();
            _backlog.Add(new PendingReply { IsReplayable = true, Since = _engine.Now }, "*1\r\n$4\r\nPING\r\n"u8);
            Wake();
        }
    }

    public void Close()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        _isReady = false;
        _socket?.Close();
        _socket = null;
        _backlog.Clear();
        _replies.Reset();
        _engine.Forget(this);
    }

    /// The client that kept this link from being read has read enough, or is gone.
    public void Unstall(ClientSession client) => _stall.End(client);

    public void OnConnected()
    {
        _pulse.Hear();
        _greeting = _engine.Greet(_setUps);
        if (_socket!.Send(_greeting.Bytes) != _greeting.Bytes.Length)
            Lose("the connection took no greeting");
    }

    public void OnReadable()
    {
        for (int round = 0; round < 4 && _socket is { IsReading: true } socket; round++)
        {
            int count = socket.Receive(_engine.Scratch);
            if (count == SocketResult.Later)
                return;
            if (count <= 0)
            {
                Lose(count == 0 ? "the upstream closed the connection" : "the connection was reset");
                return;
            }
            _pulse.Hear();
            Read(_engine.Scratch.AsSpan(0, count));
            if (count < _engine.Scratch.Length)
                return;
        }
    }

    public void OnWritable() => Wake();

    public void OnLost(string reason) => Lose(reason);

    public void OnFault(Exception fault)
    {
        _engine.Faulted(fault);
        Lose("an unexpected fault");
    }

    private void Wake()
    {
        if (IsClosed)
            return;
        if (_isReady)
            _engine.MarkDirty(this);
        else if (_socket is null && _attempts.MayBegin && (IsLane || _backlog.Length > 0 || _backlog.Count > 0))
            Connect();
    }

    private void Connect()
    {
        if (_engine.Target is not { } target)
        {
            _trouble = _engine.TargetTrouble;
            return;
        }
        _attempts.Begin();
        _socket = _engine.Connect(target, this);
    }

    private void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _socket is not null)
        {
            if (IsTunnel && _isReady)
            {
                Deliver(_owner!, bytes);
                return;
            }
            var status = _replies.Next(ref bytes, mayComeInParts: _isReady && _backlog is { Count: > 0, Head.Inquiry: null }, out var piece);
            if (status == FrameStatus.Malformed)
                Lose("the upstream sent what is no reply");
            else if (status == FrameStatus.Incomplete)
                PassOn(piece);
            else
                End(piece);
        }
    }

    // Large replies of a server that is no master any more are not passed on: they are asked for again, or their fate counts as unknown.
    private void PassOn(ReadOnlySpan<byte> part)
    {
        if (!part.IsEmpty && !_demotion.IsOn && _backlog.Head.Client is { } client)
            Deliver(client, part);
    }

    private void End(ReadOnlySpan<byte> reply)
    {
        if (_isReady)
            Take(reply);
        else
            Hear(reply);
        _replies.EndReply();
    }

    private void Hear(ReadOnlySpan<byte> reply)
    {
        if (_greeting!.Hear(reply) is { } complaint)
        {
            if (_greeting.IsLogInRefused)
                _engine.Expel(this, _owner, complaint);
            Lose(complaint);
            return;
        }
        if (!_greeting.IsDone)
            return;
        _demotion.WasMaster = _greeting.IsMaster;
        _greeting = null;
        _isReady = true;
        _attempts.Succeed();
        _engine.Connected(this);
        Wake();
    }

    private void Take(ReadOnlySpan<byte> reply)
    {
        if (_replies.IsPush)
        {
            if (_owner is not null)
                Deliver(_owner, reply);
            return;
        }
        if (_backlog.Count == 0)
        {
            Lose("the upstream sent a reply that nobody asked for");
            return;
        }
        if (_replies.IsError && _demotion.WasMaster && !_backlog.Head.WasRefused && Demotion.IsShownBy(reply))
        {
            _engine.Demoted();
            _demotion.Begin();
        }
        if (_demotion.IsOn)
        {
            _demotion.Hear(reply, _replies.IsInLarge);
            if (_demotion.IsOver)
                Lose("it is no master any more");
            return;
        }
        var answered = _backlog.TakeHead();
        if (answered.Client is { } client)
        {
            Deliver(client, reply);
            client.Answered(answered, _replies.IsError);
        }
        else
        {
            _pulse.EndProbe();
            // It stands in another database than the client believes: the next connection is told first.
            if (answered.SetUp is not null && reply.StartsWith("-NOPERM"u8))
                Lose("the upstream refused to choose the database");
            answered.Inquiry?.Hear(reply);
        }
        AnswerHeads();
    }

    private void Deliver(ClientSession client, ReadOnlySpan<byte> bytes)
    {
        client.Deliver(bytes);
        if (client.IsFull && _socket is not null)
            _stall.Begin(client, this, _socket);
    }

    private void Lose(string reason)
    {
        if (IsClosed || _socket is not { } socket)
            return;
        socket.Close();
        _socket = null;
        bool wasReady = _isReady;
        if (wasReady)
            Waits.Begin();
        if (_replies.IsInLarge && !_demotion.IsOn && _backlog.Count > 0)
            _backlog.Head.Client?.Close("its reply was cut off by the upstream");
        _replies.Reset();
        _greeting = null;
        _stall.Forget();
        _demotion.End();
        _pulse.EndProbe();
        _isReady = false;
        _trouble = reason;
        _attempts.Fail();
        _engine.Lost(this, reason, wasReady);
        if (!wasReady)
            return;
        if (_owner is { IsLostWithItsLink: true } || (IsTunnel && _hasTunneled) || _endsAfterSend)
        {
            _owner!.CloseAfterOutput("its upstream connection was lost");
            return;
        }
        if (IsTunnel)
            return;
        _backlog.Lose(_engine.Counters);
        AnswerHeads();
    }

    private void GiveUpOnOld()
    {
        if (_owner is not null && (IsTunnel || _owner.IsStreaming))
        {
            if (Waits.IsOver)
                _owner.Close("there is no upstream");
            return;
        }
        _backlog.GiveUp(Waits, _trouble);
        AnswerHeads();
    }

    private void AnswerHeads()
    {
        while (_backlog.Count > 0 && _backlog.Head.Reply is { } reply)
        {
            var answered = _backlog.TakeHead();
            answered.Client?.Deliver(reply);
            answered.Client?.Answered(answered, isError: true);
        }
    }
}
