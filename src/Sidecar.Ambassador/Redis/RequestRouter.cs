using System.Buffers.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis;

/// Decides for each request of one client whether it may share the lane, and follows what its connection has to remember.
internal sealed class RequestRouter(RedisEngine engine, ClientSession client)
{
    // Always an error, and one that makes EXEC fail.
    private static readonly byte[] NoCommand = "*1\r\n$3\r\nGET\r\n"u8.ToArray();

    private readonly ClientGuard? _guard = ClientGuard.Of(engine.Options);
    private readonly ClientIdentity _identity = new(engine);
    private byte[]? _refusalOfLarge;
    private int _logIns;
    private UpstreamLink? _current;
    private int _transactions;
    private int _selections;

    public UpstreamLink? Own { get; private set; }

    public ClientState State { get; set; }

    /// What the client's own connection has to hear again after a loss, in this order.
    public IEnumerable<SetUp> SetUps => _identity.SetUps;

    /// What it holds on the server ends with the connection, as it does for a client that is connected directly.
    public bool IsLostWithItsLink => (State & (ClientState.Transaction | ClientState.Watching | ClientState.Unknown)) != ClientState.None;

    public bool MayBeBlocked { get; set; }

    public bool IsOnOwn => _current is not null && _current == Own;

    public bool CurrentIsReady => _current is null || _current.IsReady;

    /// The server has answered what changes the client's connection; what it took is said again on the next one.
    public void Settle(SetUp setUp, bool isError)
    {
        if (!isError)
            _identity.Remember(setUp);
        if (setUp.Kind != SetUpKind.Auth || --_logIns > 0)
            return;
        State &= ~ClientState.LoggingIn;
        // From here on it may share with those who are logged in as it is.
        if (State == ClientState.None && client.Outstanding == 0)
            LeaveOwn();
    }

    public bool SharesWith(UpstreamLink lane) => _identity.Shares(lane);

    /// The client is gone.
    public void Leave()
    {
        Own?.Close();
        _identity.Forget();
    }

    public void End(StateEnd end, bool isError)
    {
        int number = end.States == ClientState.Database ? _selections : _transactions;
        if ((end.EvenByError || !isError) && end.Number == number)
            State &= ~end.States;
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
        Reply(reply);
        client.IsEnding = true;
    }

    /// What passes through a tunnel has to be taken apart: some of it may be denied.
    public bool LooksIntoTunnels => _guard is not null;

    /// Prepares the client's own connection for a request that is passed on while it arrives; its first part tells the command.
    public bool BeginLarge(ReadOnlySpan<byte> part)
    {
        if (_guard is not null && !IsLargeAllowed(_guard, part))
            return true;
        if (client.Outstanding > 0)
            return false;
        if (Own is { IsTunnel: true, IsClosed: false })
            return true;
        var kind = CommandShape.OfLarge(part, engine.Commands);
        UseOwn();
        if (kind == CommandKind.Tunnel)
        {
            Own!.IsTunnel = true;
            return true;
        }
        State |= kind switch
        {
            // What it sets is not kept, and so can't be set again.
            CommandKind.Pinned or CommandKind.Client or CommandKind.Auth or CommandKind.Hello => ClientState.Unknown,
            CommandKind.Watch => ClientState.Watching,
            _ => ClientState.None,
        };
        MayBeBlocked = kind is CommandKind.Blocking or CommandKind.MaybeBlocking;
        client.Sent(0);
        engine.Counters.Commands++;
        Own!.EnqueueStreamed(new PendingReply { Client = client, IsStreamed = true, Writes = true, Since = engine.Now });
        return true;
    }

    /// A part of what BeginLarge was told of. What was refused is read to its end, and answered there.
    public void PassLarge(ReadOnlySpan<byte> part, bool isLast)
    {
        if (_refusalOfLarge is null)
            Own!.Stream(part);
        else if (isLast && !client.IsEnding)
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
        if (_guard is not null && Own is { IsTunnel: true, IsClosed: false } tunnel)
            return PassThrough(tunnel, frame);
        var command = engine.Commands.Find(arguments.Current);
        if (command.Kind == CommandKind.Ordinary)
            return Forward(frame, command.Effect);
        return RouteSpecial(CommandShape.Narrow(command.Kind, arguments), frame, arguments);
    }

    private bool RouteSpecial(CommandKind kind, ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        bool isInTransaction = State.HasFlag(ClientState.Transaction);
        switch (kind)
        {
            case CommandKind.Ordinary:
                return Forward(frame);
            case CommandKind.Set:
                return Forward(frame, CommandShape.IsPlainSet(arguments) ? CommandEffect.Repeatable : CommandEffect.Once);
            case CommandKind.Blocking:
                MayBeBlocked = true;
                return Forward(frame, needsOwn: true);
            case CommandKind.Wait:
                return ForwardWait(frame);
            case CommandKind.Tunnel:
                return OpenTunnel(frame);
            case CommandKind.Multi or CommandKind.Watch:
                _transactions++;
                return Pin(kind == CommandKind.Multi ? ClientState.Transaction : ClientState.Watching, frame);
            case CommandKind.Exec or CommandKind.Discard:
                // A refused EXEC ends the transaction all the same.
                return Forward(frame, end: Ending(ClientState.Transaction | ClientState.Watching, kind == CommandKind.Exec));
            case CommandKind.Unwatch:
                return Forward(frame, end: isInTransaction ? null : Ending(ClientState.Watching));
            case CommandKind.Select:
                return Select(frame, arguments, isInTransaction);
            case CommandKind.Auth:
                return LogIn(frame, arguments);
            case CommandKind.Hello:
                return Greet(frame, arguments);
            case CommandKind.Client:
                return Pin(ClientState.Identity, frame, new SetUp(SetUpKind.Name, frame.ToArray()));
            case CommandKind.Reset when arguments.Count == 1:
                return Reset(frame);
            case CommandKind.Reset:
                return Forward(frame);
            case CommandKind.Quit:
                Refuse(ErrorReplies.Ok);
                return true;
            default:
                return Pin(ClientState.Unknown, frame);
        }
    }

    private bool Forward(
        ReadOnlySpan<byte> frame, CommandEffect effect = CommandEffect.Once, bool needsOwn = false, SetUp? setUp = null, StateEnd? end = null)
    {
        if (!needsOwn && State == ClientState.None)
        {
            if (IsOnOwn && client.Outstanding > 0)
                return false;
            _current = _identity.Lane;
        }
        else
        {
            if (!IsOnOwn && client.Outstanding > 0)
                return false;
            UseOwn();
        }
        client.Sent(frame.Length);
        engine.Counters.Commands++;
        var pending = new PendingReply
        {
            Client = client,
            SetUp = setUp,
            End = end,
            Cost = frame.Length,
            IsReplayable = effect >= engine.RepeatsFrom,
            Writes = effect < CommandEffect.Read,
            Since = engine.Now,
        };
        _current!.Enqueue(pending, frame);
        return true;
    }

    private void UseOwn()
    {
        if (Own is null || Own.IsClosed)
        {
            Own = engine.NewLink(client);
            engine.Counters.Pinned++;
        }
        _current = Own;
    }

    private bool Pin(ClientState state, ReadOnlySpan<byte> frame, SetUp? setUp = null)
    {
        State |= state;
        return Forward(frame, setUp is null ? CommandEffect.Once : CommandEffect.Connection, setUp: setUp);
    }

    private StateEnd? Ending(ClientState states, bool evenByError = false) =>
        (State & states) == ClientState.None ? null : new StateEnd(states, states == ClientState.Database ? _selections : _transactions, evenByError);

    // Inside MULTI it counts only if EXEC comes: we can't know which database a lost connection was in.
    private bool Select(ReadOnlySpan<byte> frame, RequestArguments arguments, bool isInTransaction)
    {
        _ = arguments.MoveNext() && arguments.MoveNext();
        bool isNumber = Utf8Parser.TryParse(arguments.Current, out int database, out int read) && read == arguments.Current.Length;
        if (!isNumber || arguments.Count != 2)
            return Forward(frame);
        if (isInTransaction)
            return Pin(ClientState.Database | ClientState.Unknown, frame);
        bool isBack = database == engine.Database;
        var end = isBack ? Ending(ClientState.Database) : null;
        if (!isBack)
        {
            _selections++;
            State |= ClientState.Database;
        }
        return Forward(frame, CommandEffect.Connection, setUp: new SetUp(SetUpKind.Database, frame.ToArray()), end: end);
    }

    private bool LogIn(ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        if (!engine.AnswersLogIn)
            return LogInUpstream(frame);
        if (arguments.Count is not (2 or 3))
            return Forward(frame);
        if (_guard?.LogIn(arguments.Last()) is { } refusal)
            return Deny(refusal);
        Reply(ErrorReplies.Ok);
        return true;
    }

    // Who is logged in is only known when the answers are there: until then everything goes the same way.
    private bool LogInUpstream(ReadOnlySpan<byte> frame)
    {
        if (State.HasFlag(ClientState.Transaction))
            return Pin(ClientState.Unknown, frame);
        State |= ClientState.LoggingIn;
        if (!ForwardLogIn(frame, new SetUp(SetUpKind.Auth, frame.ToArray())))
            return false;
        _logIns++;
        return true;
    }

    // The server may not have let us choose the database before the client had logged in. So it is chosen behind the login, which is then
    // not to be sent again on another connection without it.
    private bool ForwardLogIn(ReadOnlySpan<byte> frame, SetUp setUp)
    {
        if (!Forward(frame, engine.Database == 0 ? CommandEffect.Connection : CommandEffect.Once, setUp: setUp))
            return false;
        if (engine.Database != 0 && !State.HasFlag(ClientState.Database))
            Own!.Enqueue(new PendingReply { SetUp = setUp, Since = engine.Now }, RequestWriter.Encode("SELECT", $"{engine.Database}"));
        return true;
    }

    private void LeaveOwn()
    {
        Own?.Close();
        Own = null;
        _current = null;
    }

    private bool Greet(ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        if (!engine.AnswersLogIn)
        {
            State |= ClientState.Identity;
            return ForwardLogIn(frame, new SetUp(SetUpKind.Hello, frame.ToArray()));
        }
        var request = HelloRequest.Read(arguments);
        if (_guard?.Greet(request.Password) is { } refusal)
            return Deny(refusal);
        return Pin(ClientState.Identity, request.WithoutLogIn, new SetUp(SetUpKind.Hello, request.WithoutLogIn));
    }

    private bool Deny(byte[] refusal)
    {
        engine.Counters.Denied++;
        if (Own is { IsTunnel: true, IsClosed: false } tunnel)
        {
            tunnel.Stream(ClientGuard.AsUnknownCommand(refusal));
            return true;
        }
        // The server has to know that the transaction is spoiled, so that EXEC says so.
        if (State.HasFlag(ClientState.Transaction) && Own is { IsClosed: false } own)
            own.Enqueue(new PendingReply { Since = engine.Now }, NoCommand);
        Reply(refusal);
        return true;
    }

    private bool IsLargeAllowed(ClientGuard guard, ReadOnlySpan<byte> part)
    {
        _refusalOfLarge = guard.RefusalOfLarge(part, out bool ends);
        if (ends)
            Refuse(_refusalOfLarge!);
        return _refusalOfLarge is null;
    }

    private static bool PassThrough(UpstreamLink tunnel, ReadOnlySpan<byte> frame)
    {
        if (tunnel.IsFull)
            return false;
        tunnel.Stream(frame);
        return true;
    }

    // Writes go through the lane, and WAIT counts for the connection it comes on: any command before it makes that connection
    // know of every write so far.
    private bool ForwardWait(ReadOnlySpan<byte> frame)
    {
        if (!IsOnOwn && client.Outstanding > 0)
            return false;
        UseOwn();
        MayBeBlocked = true;
        if (client.Outstanding == 0 && !State.HasFlag(ClientState.Transaction))
            Own!.Enqueue(new PendingReply { IsReplayable = true, Since = engine.Now }, "*1\r\n$4\r\nPING\r\n"u8);
        return Forward(frame, needsOwn: true);
    }

    private bool OpenTunnel(ReadOnlySpan<byte> frame)
    {
        if (client.Outstanding > 0)
            return false;
        UseOwn();
        engine.Counters.Commands++;
        Own!.IsTunnel = true;
        Own.Stream(frame);
        return true;
    }

    private bool Reset(ReadOnlySpan<byte> frame)
    {
        if (client.Outstanding > 0)
            return false;
        _guard?.LogOut();
        _identity.Forget();
        // It may have asked for its connection's number, by which it is killed or woken: that outlives a RESET.
        bool keepsNumber = State.HasFlag(ClientState.Unknown) && engine.Credentials is null && engine.Database == 0;
        State = keepsNumber ? ClientState.Unknown : ClientState.None;
        if (keepsNumber)
            return Forward(frame);
        LeaveOwn();
        Reply(ErrorReplies.Reset);
        return true;
    }

    private void Reply(byte[] reply)
    {
        if (client.Outstanding == 0)
        {
            client.Deliver(reply);
            return;
        }
        client.Sent(0);
        _current!.Answer(new PendingReply { Client = client, Since = engine.Now }, reply);
    }
}
