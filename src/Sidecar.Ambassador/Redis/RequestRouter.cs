using System.Buffers.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Ambassador.Redis.PubSub;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// Decides for each request of one client whether it may share the lane, and follows what its connection has to remember.
internal sealed class RequestRouter
{
    // Always an error, and one that makes EXEC fail.
    private static readonly byte[] NoCommand = "*1\r\n$3\r\nGET\r\n"u8.ToArray();

    private readonly RedisEngine _engine;
    private readonly ClientSession _client;
    private readonly ClientGuard? _guard;
    private readonly ClientIdentity _identity;
    private readonly LogIns _logIns;
    private byte[]? _refusalOfLarge;
    private int _subscribing;

    public RequestRouter(RedisEngine engine, ClientSession client)
    {
        (_engine, _client) = (engine, client);
        _guard = ClientGuard.Of(engine.Options);
        _identity = new ClientIdentity(engine);
        Path = new ClientPath(engine, client, _identity);
        _logIns = new LogIns(engine, client, Path, _identity, _guard);
    }

    public ClientPath Path { get; }

    /// What it hears beside the replies to its commands; null when it does not.
    public Subscriptions? Subscriptions { get; private set; }

    /// What the client's own connection has to hear again after a loss, in this order.
    public IEnumerable<SetUp> SetUps => _identity.SetUps;

    /// What it holds on the server ends with the connection, as it does for a client that is connected directly.
    public bool IsLostWith(UpstreamLink link) =>
        (Path.State & (ClientState.Transaction | ClientState.Watching | ClientState.Unknown)) != ClientState.None && Path.Cluster?.Holds(link) != false;

    public bool MayBeBlocked { get; set; }

    /// What passes through a tunnel has to be taken apart: some of it may be denied, or is for us.
    public bool LooksIntoTunnels => _guard is not null || _engine.AnswersLogIn;

    public bool SpeaksResp3 => _identity.SpeaksResp3;

    public bool SharesWith(UpstreamLink lane) => _identity.Shares(lane);

    /// The client is gone.
    public void Leave()
    {
        Path.CloseOwn();
        _identity.Forget();
    }

    /// One of its commands is answered.
    public void Settle(in PendingReply answered, bool isError)
    {
        if (answered.SetUp is { } setUp)
        {
            _logIns.Settle(setUp, isError);
            Path.Cluster?.EndSettling();
        }
        if (answered.End is { } end)
        {
            Path.End(end, isError);
            if (end.By != StateEndBy.NotBeingKnown)
                Path.Cluster?.EndTransaction();
        }
        if (answered.Subscription is not null)
            EndSubscribing();
        if (_client.Outstanding == 0)
            MayBeBlocked = false;
    }

    /// False when what the client sent before has to be answered first; the same request is then tried again.
    public bool Route(ReadOnlySpan<byte> frame, bool isInline)
    {
        if (!isInline)
            return Route(frame);
        var words = new List<byte[]>();
        if (!InlineRequest.TrySplit(frame.TrimEnd((byte)'\n').TrimEnd((byte)'\r'), words))
        {
            Refuse(InlineRequest.UnbalancedQuotes.ToArray());
            return true;
        }
        return words.Count == 0 || Route(RequestWriter.Encode(words));
    }

    /// The last reply: the connection closes behind it.
    public void Refuse(byte[] reply)
    {
        Path.Reply(reply);
        _client.IsEnding = true;
    }

    /// Prepares the client's own connection for a request that is passed on while it arrives; its first part tells the command.
    public bool BeginLarge(ReadOnlySpan<byte> part)
    {
        if (_guard is not null && !IsLargeAllowed(_guard, part))
            return true;
        _refusalOfLarge = Path.Cluster?.RefusalOfLarge;
        if (_refusalOfLarge is not null)
            return true;
        if (_client.Outstanding > 0 || Path.Cluster?.TakeLarge(part) == false)
            return false;
        if (Path.Tunnel is not null)
            return true;
        var kind = CommandShape.OfLarge(part, _engine.Commands);
        Path.UseOwn();
        if (kind is CommandKind.Tunnel or CommandKind.Subscribe)
        {
            Path.Own!.IsTunnel = true;
            return true;
        }
        Path.Begin(kind switch
        {
            // What it sets is not kept, and so can't be set again.
            CommandKind.Pinned or CommandKind.Client or CommandKind.Auth or CommandKind.Hello => ClientState.Unknown,
            CommandKind.Watch => ClientState.Watching,
            _ => ClientState.None,
        });
        MayBeBlocked = kind is CommandKind.Blocking or CommandKind.MaybeBlocking;
        _client.Sent(0);
        _engine.Counters.Commands++;
        Path.Own!.EnqueueStreamed(new PendingReply
        {
            Client = _client,
            Turn = Path.Cluster?.NewTurn(cost: 0),
            IsStreamed = true,
            Began = _engine.Timestamp,
            Writes = true,
            Since = _engine.Now,
        });
        return true;
    }

    /// A part of what BeginLarge was told of. What was refused is read to its end, and answered there.
    public void PassLarge(ReadOnlySpan<byte> part, bool isLast)
    {
        if (_refusalOfLarge is null)
            Path.Own!.Stream(part);
        else if (isLast && _guard is null)
            Path.Reply(_refusalOfLarge);
        else if (isLast && !_client.IsEnding)
            Deny(_refusalOfLarge);
        if (isLast)
            _refusalOfLarge = null;
    }

    private bool Route(ReadOnlySpan<byte> frame)
    {
        var arguments = new RequestArguments(frame);
        if (!arguments.MoveNext())
            return true;
        if (_guard?.Refusal(arguments) is { } refusal)
            return Deny(refusal);
        var command = _engine.Commands.Find(arguments.Current);
        if (LooksIntoTunnels && Path.Tunnel is { } tunnel)
            return PassThrough(tunnel, command.Kind, frame, arguments);
        if (Path.Cluster?.Take(ref command, frame, arguments) is { } isTaken)
            return isTaken;
        if (command.Kind == CommandKind.Ordinary)
            return Path.Forward(frame, command.Effect);
        var kind = CommandShape.Narrow(command.Kind, arguments);
        if (Subscriptions is null || kind is CommandKind.Subscribe or CommandKind.Quit or CommandKind.Reset)
            return RouteSpecial(kind, frame, arguments);
        if (_client.Outstanding > 0)
            return false;
        // In RESP2 the server refuses nearly everything while there are subscriptions.
        bool isRefused = Subscriptions.Count > 0 && !_identity.SpeaksResp3;
        if (!isRefused)
            return RouteSpecial(kind, frame, arguments);
        // Or closes the connection, at what it takes for HTTP.
        return kind == CommandKind.Tunnel ? Path.Pin(ClientState.Unknown, frame) : Path.Forward(frame);
    }

    private bool RouteSpecial(CommandKind kind, ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        switch (kind)
        {
            case CommandKind.Ordinary:
                return Path.Forward(frame);
            case CommandKind.Set:
                return Path.Forward(frame, CommandShape.IsPlainSet(arguments) ? CommandEffect.Repeatable : CommandEffect.Once);
            case CommandKind.Expire:
                return Path.Forward(frame, arguments.Count == 3 ? CommandEffect.Repeatable : CommandEffect.Once);
            case CommandKind.Blocking:
                MayBeBlocked = true;
                return Path.Forward(frame, needsOwn: true);
            case CommandKind.Wait:
                return ForwardWait(frame);
            case CommandKind.Tunnel:
                return OpenTunnel(frame);
            case CommandKind.Subscribe:
                return Path.IsInTransaction ? OpenTunnel(frame) : Subscribe(frame, arguments);
            case CommandKind.Multi when arguments.Count > 1:
                return Path.Forward(frame);
            case CommandKind.Multi or CommandKind.Watch:
                return Path.PinUnlessRefused(kind == CommandKind.Multi ? ClientState.Transaction : ClientState.Watching, frame);
            case CommandKind.Exec or CommandKind.Discard:
                // A refused EXEC ends the transaction all the same.
                var both = Path.Ending(ClientState.Transaction | ClientState.Watching, kind == CommandKind.Exec ? StateEndBy.AnyReply : StateEndBy.Success);
                return Path.Forward(frame, end: both);
            case CommandKind.Unwatch:
                return Path.Forward(frame, end: Path.IsInTransaction ? null : Path.Ending(ClientState.Watching));
            case CommandKind.Select:
                return Select(frame, arguments);
            case CommandKind.Auth:
                return _logIns.LogIn(frame, arguments);
            case CommandKind.Hello:
                return _logIns.Greet(frame, arguments);
            case CommandKind.Client:
                return _logIns.Name(frame);
            case CommandKind.Reset when arguments.Count == 1:
                return Reset(frame);
            case CommandKind.Reset:
                return Path.Forward(frame);
            case CommandKind.Quit:
                Refuse(ErrorReplies.Ok);
                return true;
            default:
                return Path.PinUnlessUnknown(frame);
        }
    }

    // Inside MULTI it counts only if EXEC comes: we can't know which database a lost connection was in.
    private bool Select(ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        _ = arguments.MoveNext() && arguments.MoveNext();
        bool isNumber = Utf8Parser.TryParse(arguments.Current, out int database, out int read) && read == arguments.Current.Length;
        if (!isNumber || arguments.Count != 2)
            return Path.Forward(frame);
        if (Path.IsInTransaction)
            return Path.Pin(ClientState.Database | ClientState.Unknown, frame);
        bool isBack = database == _engine.Database;
        var end = isBack ? Path.Ending(ClientState.Database) : null;
        if (!isBack)
            Path.Begin(ClientState.Database);
        return Path.Forward(frame, CommandEffect.Connection, setUp: new SetUp(SetUpKind.Database, frame.ToArray()), end: end);
    }

    private bool Deny(byte[] refusal)
    {
        _engine.Counters.Denied++;
        if (Path.Tunnel is { } tunnel)
        {
            tunnel.Stream(ClientGuard.AsUnknownCommand(refusal));
            return true;
        }
        // The server has to know that the transaction is spoiled, so that EXEC says so.
        if (Path.IsInTransaction)
            Path.Cluster?.Spoil(NoCommand);
        if (Path.IsInTransaction && Path.Own is { IsClosed: false } own)
            own.Enqueue(new PendingReply { Since = _engine.Now }, NoCommand);
        return Path.Reply(refusal);
    }

    private bool IsLargeAllowed(ClientGuard guard, ReadOnlySpan<byte> part)
    {
        _refusalOfLarge = guard.RefusalOfLarge(part, out bool ends);
        if (ends)
            Refuse(_refusalOfLarge!);
        return _refusalOfLarge is null;
    }

    private bool PassThrough(UpstreamLink tunnel, CommandKind kind, ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        if (tunnel.IsFull)
            return false;
        switch (kind)
        {
            // The server would forget whom we logged in as.
            case CommandKind.Reset when arguments.Count == 1 && _engine.AnswersLogIn:
                return Reset(frame);
            case CommandKind.Auth:
                return _logIns.LogIn(frame, arguments);
            case CommandKind.Hello:
                return _logIns.Greet(frame, arguments);
            default:
                tunnel.Stream(frame);
                return true;
        }
    }

    private bool Subscribe(ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        Path.State |= ClientState.Subscribed;
        Subscriptions ??= new Subscriptions();
        if (!Path.Forward(frame, CommandEffect.Connection, subscription: SubscriptionRequest.Of(arguments)))
            return false;
        _subscribing++;
        return true;
    }

    private void EndSubscribing()
    {
        if (--_subscribing > 0 || Subscriptions is not { Count: 0 })
            return;
        Subscriptions = null;
        Path.State &= ~ClientState.Subscribed;
    }

    // Writes go through the lane, and WAIT counts for the connection it comes on: any command before it makes that connection
    // know of every write so far.
    private bool ForwardWait(ReadOnlySpan<byte> frame)
    {
        if (!Path.IsOnOwn && _client.Outstanding > 0)
            return false;
        Path.UseOwn();
        MayBeBlocked = true;
        if (_client.Outstanding == 0 && !Path.IsInTransaction)
            Path.Own!.Enqueue(new PendingReply { IsReplayable = true, Since = _engine.Now }, "*1\r\n$4\r\nPING\r\n"u8);
        return Path.Forward(frame, needsOwn: true);
    }

    private bool OpenTunnel(ReadOnlySpan<byte> frame)
    {
        if (_client.Outstanding > 0)
            return false;
        Path.UseOwn();
        _engine.Counters.Commands++;
        Path.Own!.IsTunnel = true;
        Path.Own.Stream(frame);
        return true;
    }

    private bool Reset(ReadOnlySpan<byte> frame)
    {
        if (_client.Outstanding > 0)
            return false;
        _guard?.LogOut();
        _identity.Forget();
        (Subscriptions, _subscribing) = (null, 0);
        // It may have asked for its connection's number, by which it is killed or woken: that outlives a RESET.
        bool keepsNumber = Path.State.HasFlag(ClientState.Unknown) && _engine.Credentials is null && _engine.Database == 0;
        Path.Reset(keepsNumber);
        if (keepsNumber)
        {
            Path.Cluster?.Reset();
            return Path.Forward(frame);
        }
        Path.LeaveOwn();
        return Path.Reply(ErrorReplies.Reset);
    }
}
