using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Io;
using Sidecar.Ambassador.Redis.PubSub;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// One client of a listener: finds its requests, gives them to the lane or to its own upstream connection, and hands the replies
/// back in order. It has commands under way on one of the two at a time, so order needs no bookkeeping.
internal sealed class ClientSession : IReady
{
    private readonly RedisEngine _engine;
    private readonly ByteQueue _input;
    private readonly ByteChain _output;
    private readonly RequestRouter _router;
    private readonly ClientPath _path;
    private IRedisSocket _socket = null!;
    private RequestReader _reader = new(RequestReader.DefaultMaxBulk);
    private int _scanned;
    private int _completed;
    private long _inFlightBytes;
    private bool _isAtEnd;
    private bool _holdsInMemory;
    private bool _isContinuing;
    private bool _waitsForLarge;

    public ClientSession(RedisEngine engine)
    {
        _engine = engine;
        _input = new ByteQueue(engine.Buffers);
        _output = new ByteChain(engine.Buffers);
        Turns = engine.Cluster is null ? null : new Turns(this, engine);
        _router = new RequestRouter(engine, this);
        _path = _router.Path;
    }

    public bool IsClosed { get; private set; }

    public bool IsDirty { get; set; }

    /// Commands under way.
    public int Outstanding { get; private set; }

    public UpstreamLink? Own => _path.Own;

    public ClientPath Path => _path;

    /// What is under way on the nodes of a cluster; null where there is one upstream.
    public Turns? Turns { get; }

    /// The node of a cluster that it is subscribed on.
    public ClusterNode? SubscribedOn => _path.Cluster?.SubscribedOn;

    public IEnumerable<SetUp> SetUps => _router.SetUps;

    /// What it hears beside the replies to its commands; null when it does not.
    public Subscriptions? Subscriptions => _router.Subscriptions;

    public bool IsLostWith(UpstreamLink link) => (IsStreaming && link == Own) || _router.IsLostWith(link);

    public bool SpeaksResp3 => _router.SpeaksResp3;

    public bool MayBeBlocked => _router.MayBeBlocked;

    public bool SharesWith(UpstreamLink lane) => _router.SharesWith(lane);

    /// In the middle of a request that is too large to be kept.
    public bool IsStreaming { get; private set; }

    public bool IsFull => !_holdsInMemory && _output.Length + (Turns?.EarlyBytes ?? 0) > _engine.Options.ClientBacklog;

    /// Those that are not read because of it; several only where there are several nodes.
    public List<ReadStall> Stalls { get; } = [];

    /// No more requests: it closes when the last reply is out.
    public bool IsEnding { get; set; }

    private bool CanParse => !IsClosed && !IsEnding && _output.Length <= _engine.Options.ClientBacklog
        && _inFlightBytes <= _engine.Options.ClientInFlightBytes && Outstanding < _engine.Options.ClientInFlightCommands;

    public void Start(IRedisSocket socket) => _socket = socket;

    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed)
            return;
        _engine.Due.FlushSoon(this);
        if (!TryHold(bytes) || _output.Length > _engine.Options.StallBytes)
        {
            _engine.Counters.ClientsCut++;
            Close("it does not read its replies");
        }
    }

    /// It kept a shared connection waiting: what is under way is held in memory, and from now on it waits alone.
    public void HoldInMemory()
    {
        _holdsInMemory = true;
        _path.State |= ClientState.Slow;
    }

    public void Sent(int bytes)
    {
        Outstanding++;
        _inFlightBytes += bytes;
    }

    public void Answered(in PendingReply answered, bool isError)
    {
        Outstanding--;
        _inFlightBytes -= answered.Cost;
        _router.Settle(answered, isError);
        if (!_isContinuing && !IsClosed && (_completed > 0 || _input.Length > 0 || !_socket.IsReading || IsEnding))
            ContinueSoon();
    }

    /// Something that was waited for may have come.
    public void Continue()
    {
        if (!_isContinuing && !IsClosed && (!_socket.IsReading || _input.Length > 0))
            ContinueSoon();
    }

    public void Proceed()
    {
        _isContinuing = false;
        if (IsClosed)
            return;
        Parse(_input.Span, isInput: true);
        AfterParse();
    }

    public void OnConnected()
    {
    }

    public void OnReadable()
    {
        if (IsClosed)
        {
            _engine.Partings.Discard(_socket);
            return;
        }
        if (_input.Length > 0 || _isAtEnd)
        {
            ReadIntoInput();
            return;
        }
        int count = _socket.Receive(_engine.Scratch);
        if (!Arrived(count))
            return;
        int used = Parse(_engine.Scratch.AsSpan(0, count), isInput: false);
        if (IsClosed)
            return;
        if (used < count)
            _input.Append(_engine.Scratch.AsSpan(used, count - used));
        AfterParse();
    }

    public void OnWritable() => _engine.Due.FlushSoon(this);

    public void OnLost(string reason) => Close(reason);

    public void OnFault(Exception fault)
    {
        _engine.Faulted(fault);
        Close("an unexpected fault");
    }

    public void Flush()
    {
        IsDirty = false;
        if (IsClosed)
            return;
        for (bool takesMore = true; takesMore && _output.Length > 0;)
        {
            var first = _output.First;
            int sent = _socket.Send(first);
            if (sent == SocketResult.Lost)
            {
                Close("the connection was reset");
                return;
            }
            takesMore = sent == first.Length;
            _output.Take(sent);
        }
        if (_output.Length > _engine.Options.ClientBacklog / 4)
            return;
        if (_output.Length == 0)
        {
            _holdsInMemory = false;
            CloseIfDone();
        }
        EndStalls();
        Continue();
    }

    public void Close(string reason)
    {
        _socket.Close();
        Leave(reason);
    }

    private void Leave(string reason)
    {
        if (IsClosed)
            return;
        IsClosed = true;
        EndStalls();
        _input.Clear();
        _output.Clear();
        Turns?.Clear();
        _router.Leave();
        _engine.Left(this, reason);
    }

    /// Its upstream connection is over, and with it its own once it has read what came before.
    public void CloseAfterOutput(string reason)
    {
        _path.CloseOwn();
        Turns?.Clear();
        Outstanding = 0;
        IsEnding = true;
        if (IsClosed)
            return;
        _socket.IsReading = false;
        if (_output.Length == 0)
            Close(reason);
        else
            _engine.Due.FlushSoon(this);
    }

    /// No more requests are taken; what is under way is still answered.
    public void Finish()
    {
        IsEnding = true;
        _socket.IsReading = false;
        if (Own is { IsTunnel: true } || MayBeBlocked)
            Close("the ambassador stops");
        else
            CloseIfDone();
    }

    // Whoever does not read is the one to go when memory runs out, not the connection that others share.
    private bool TryHold(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _output.Append(bytes);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    private void EndStalls()
    {
        foreach (var stall in Stalls)
            stall.End(this);
        Stalls.Clear();
    }

    private void ReadIntoInput()
    {
        int count = _socket.Receive(_input.Room(BufferPool.CommonSize / 2));
        if (!Arrived(count))
            return;
        _input.Added(count);
        Parse(_input.Span, isInput: true);
        AfterParse();
    }

    private bool Arrived(int count)
    {
        if (count > 0)
            return true;
        if (count == SocketResult.Lost)
            Close("the connection was reset");
        else if (count == 0)
            End();
        return false;
    }

    // The client sends nothing more. What it sent is answered as Redis would have answered it: it may have closed only its half.
    private void End()
    {
        _isAtEnd = true;
        _socket.IsReading = false;
        bool isWaitedFor = Outstanding > 0 || _output.Length > 0 || _input.Length > 0 || Own?.IsTunnel == true;
        if (!isWaitedFor || !_path.CurrentIsReady)
            Close("it left");
        else if (_path.IsOnOwn && (Outstanding > 0 || Own!.IsTunnel))
            Own!.EndSending();
        else
            CloseIfDone();
    }

    private void CloseIfDone()
    {
        bool isOver = IsEnding || (_isAtEnd && _completed == 0 && !_waitsForLarge);
        if (!isOver || Outstanding > 0 || _output.Length > 0 || _path.Tunnel is not null)
            return;
        if (_isAtEnd || _engine.IsStopping)
        {
            Close("it left");
            return;
        }
        Leave("it was told to");
        _engine.Partings.Add(_socket);
    }

    private void ContinueSoon()
    {
        _isContinuing = true;
        _engine.Due.ContinueSoon(this);
    }

    private void AfterParse()
    {
        if (IsClosed)
            return;
        // Bytes that can't be dealt with now wait in the kernel, and their sender with them. But whoever leaves while it blocks is to be
        // seen: else what it waited for would be taken for nobody.
        bool takesMore = CanParse && _completed == 0 && !_waitsForLarge && (Own is not { IsFull: true } || !_path.IsOnOwn);
        _socket.IsReading = !_isAtEnd && (takesMore || (MayBeBlocked && _input.Length < _engine.Options.ClientBacklog));
        if (_isAtEnd || IsEnding)
            CloseIfDone();
    }

    // Returns how many bytes are done with; those behind them are the beginning of the next request. When the bytes are those of
    // the input queue, they are taken from it.
    private int Parse(ReadOnlySpan<byte> bytes, bool isInput)
    {
        int start = 0;
        int position = _scanned;
        while (CanParse && (position < bytes.Length || _completed > 0 || _waitsForLarge))
        {
            if (!_router.LooksIntoTunnels && _path.Tunnel is { } tunnel)
            {
                if (tunnel.IsFull)
                    break;
                tunnel.Stream(bytes[start..]);
                start = position = bytes.Length;
                break;
            }
            if (_waitsForLarge)
            {
                if (!StreamPart(bytes[start..position], isLast: false))
                    break;
                start = position;
                continue;
            }
            if (_completed == 0)
            {
                var status = _reader.Read(bytes[position..], out int consumed);
                position += consumed;
                if (status == FrameStatus.Malformed)
                {
                    _router.Refuse(_reader.ErrorReply());
                    break;
                }
                if (IsStreaming || (status == FrameStatus.Incomplete && position - start > _engine.Options.LargeFrom))
                {
                    if (!StreamPart(bytes[start..position], status == FrameStatus.Complete))
                        break;
                    start = position;
                    continue;
                }
                if (status == FrameStatus.Incomplete)
                    break;
                _completed = position - start;
            }
            if (!_router.Route(bytes.Slice(start, _completed), _reader.IsInline))
                break;
            start += _completed;
            _completed = 0;
        }
        _scanned = position - start;
        if (isInput && !IsClosed)
            _input.Take(start);
        return start;
    }

    private bool StreamPart(ReadOnlySpan<byte> part, bool isLast)
    {
        _waitsForLarge = !IsStreaming && !_router.BeginLarge(part);
        if (_waitsForLarge)
            return false;
        IsStreaming = !isLast && (Own is not { IsTunnel: true } || _router.LooksIntoTunnels);
        _router.PassLarge(part, isLast);
        return true;
    }
}
