using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Ambassador.Redis.PubSub;

namespace Sidecar.Ambassador.Redis;

/// Which way one client's commands go: by the connection that it shares, or by one of its own for as long as that holds something of it.
internal sealed class ClientPath(RedisEngine engine, ClientSession client, ClientIdentity identity)
{
    private readonly ClusterRouter? _cluster = engine.Cluster is { } nodes ? new ClusterRouter(engine, nodes, client, identity) : null;
    private UpstreamLink? _current;
    private long _ownUsedAt;
    private int _transactions;
    private int _selections;
    private int _unknowns;

    public UpstreamLink? Own { get; private set; }

    /// Where there are several nodes, what finds the right one.
    public ClusterRouter? Cluster => _cluster;

    public ClientState State { get; set; }

    public bool IsOnOwn => _current is not null && _current == Own;

    public bool CurrentIsReady => _current is null || _current.IsReady;

    /// Its connection, once bytes pass on it as they come.
    public UpstreamLink? Tunnel => Own is { IsTunnel: true, IsClosed: false } own ? own : null;

    public bool IsInTransaction => State.HasFlag(ClientState.Transaction);

    /// False when what the client sent before has to be answered first; the same request is then tried again.
    public bool Forward(
        ReadOnlySpan<byte> frame,
        CommandEffect effect = CommandEffect.Once,
        bool needsOwn = false,
        SetUp? setUp = null,
        StateEnd? end = null,
        SubscriptionRequest? subscription = null)
    {
        if (!needsOwn && State == ClientState.None)
        {
            if (IsOnOwn && client.Outstanding > 0)
                return false;
            _current = _cluster is null ? identity.Lane : _cluster.Lane;
        }
        else
        {
            if (!IsOnOwn && client.Outstanding > 0)
                return false;
            UseOwn();
        }
        if (setUp is not null && _cluster?.TryBeginSettling() == false)
            return false;
        client.Sent(frame.Length);
        engine.Counters.Commands++;
        var pending = new PendingReply
        {
            Client = client,
            Turn = _cluster?.NewTurn(frame.Length),
            SetUp = setUp,
            End = end,
            Subscription = subscription,
            Cost = frame.Length,
            IsReplayable = effect >= engine.RepeatsFrom,
            Writes = effect < CommandEffect.Read,
            Since = engine.Now,
            Began = engine.Timestamp,
            Class = needsOwn ? CommandClass.Blocking : ClassOf(effect),
        };
        _current!.Enqueue(pending, frame);
        return true;
    }

    /// By its own connection until the state ends, or at once when the server refuses what should have begun it.
    public bool PinUnlessRefused(ClientState state, ReadOnlySpan<byte> frame)
    {
        if (State.HasFlag(state))
            return Pin(state, frame);
        Begin(state);
        if (Forward(frame, end: Ending(state, StateEndBy.Error)))
            return true;
        State &= ~state;
        return false;
    }

    /// By its own connection from here on.
    public bool Pin(ClientState state, ReadOnlySpan<byte> frame, SetUp? setUp = null)
    {
        Begin(state);
        return Forward(frame, setUp is null ? CommandEffect.Once : CommandEffect.Connection, setUp: setUp);
    }

    /// By its own connection until the server says that it does not know the command, as it says to newer clients that try what it has.
    public bool PinUnlessUnknown(ReadOnlySpan<byte> frame)
    {
        Begin(ClientState.Unknown);
        bool isForwarded = Forward(frame, end: new StateEnd(ClientState.Unknown, 0, StateEndBy.NotBeingKnown));
        _unknowns -= isForwarded ? 0 : 1;
        return isForwarded;
    }

    public void Reset(bool keepsUnknown)
    {
        State = keepsUnknown ? ClientState.Unknown : ClientState.None;
        _unknowns = keepsUnknown ? _unknowns : 0;
    }

    public void UseOwn()
    {
        if (_cluster is not null)
        {
            Own = _cluster.Own;
        }
        else if (Own is null || Own.IsClosed)
        {
            Own = engine.NewLink(client);
            engine.Counters.Pinned++;
        }
        _current = Own;
        _ownUsedAt = engine.Now;
    }

    /// A connection that holds nothing of the client any more is not kept for long: its server counts it.
    public void LeaveIdleOwn()
    {
        if (State == ClientState.None && client.Outstanding == 0 && !client.IsStreaming && Own is { IsTunnel: false }
            && engine.Now - _ownUsedAt > engine.Options.IdleOwn.TotalMilliseconds)
        {
            LeaveOwn();
        }
    }

    /// The next command goes this way.
    public UpstreamLink Use(UpstreamLink link)
    {
        if (!link.IsLane)
            (Own, _ownUsedAt) = (link, engine.Now);
        return _current = link;
    }

    /// What the client has for itself alone ends.
    public void CloseOwn()
    {
        Own?.Close();
        _cluster?.CloseOwns();
    }

    public void LeaveOwn()
    {
        CloseOwn();
        Own = null;
        _current = null;
    }

    /// Our own reply, in its turn.
    public bool Reply(byte[] reply)
    {
        if (client.Outstanding == 0)
        {
            client.Deliver(reply);
            return true;
        }
        if (client.Turns is { } turns)
        {
            turns.Answer(reply);
            return true;
        }
        client.Sent(0);
        _current!.Answer(new PendingReply { Client = client, Since = engine.Now }, reply);
        return true;
    }

    public void Begin(ClientState state)
    {
        State |= state;
        if ((state & (ClientState.Transaction | ClientState.Watching)) != ClientState.None)
            _transactions++;
        if ((state & ClientState.Database) != ClientState.None)
            _selections++;
        if ((state & ClientState.Unknown) != ClientState.None)
            _unknowns++;
    }

    /// What a reply has to tell for these states to end; null when there are none.
    public StateEnd? Ending(ClientState states, StateEndBy by = StateEndBy.Success) =>
        (State & states) == ClientState.None ? null : new StateEnd(states, NumberOf(states), by);

    public void End(StateEnd end, bool isError)
    {
        if (!end.IsReached(isError) || end.Number != NumberOf(end.States))
            return;
        // What one command did not change another one may have.
        if (end.States == ClientState.Unknown && --_unknowns > 0)
            return;
        State &= ~end.States;
    }

    private static CommandClass ClassOf(CommandEffect effect) => effect switch
    {
        CommandEffect.Read => CommandClass.Read,
        CommandEffect.Connection => CommandClass.Connection,
        _ => CommandClass.Write,
    };

    private int NumberOf(ClientState states) => states switch
    {
        ClientState.Database => _selections,
        ClientState.Unknown => 0,
        _ => _transactions,
    };
}
