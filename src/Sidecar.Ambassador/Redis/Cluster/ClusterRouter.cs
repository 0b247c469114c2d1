using System.Buffers.Text;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// What a cluster adds to the routing of one client: which node a request is for, and when it has to wait so that it overtakes none
/// before it that has the same keys.
internal sealed class ClusterRouter(RedisEngine engine, ClusterNodes nodes, ClientSession client, ClientIdentity identity)
{
    private readonly List<UpstreamLink> _owns = [];
    private ClusterNode? _node;
    private int _slot;
    private int _version;
    private int _settling;
    private ClusterTransaction? _transaction;
    private ClusterNode? _watched;
    private ClusterNode? _lastNode;
    private int _watchedSlot;
    private int _subscribedSlot;
    private bool _maySayMulti;
    private bool _isExec;
    private int _place;
    private bool _isEnding;

    /// Where its subscriptions are, if it has any.
    public ClusterNode? SubscribedOn { get; private set; }

    public ClusterNodes Nodes => nodes;

    /// The connection to share for the request that was taken last.
    public UpstreamLink Lane => identity.LaneOn(_node!);

    /// The client's own connection for that request.
    public UpstreamLink Own => OwnOn(_node!);

    /// Null when the request goes the usual way, to the node that was found for it. Else it is answered already, or (false) has to wait.
    public bool? Take(ref Command command, ReadOnlySpan<byte> frame, RequestArguments arguments)
    {
        if (!nodes.IsKnown)
            return nodes.MayBeWaitedFor ? false : Path.Reply(ErrorReplies.NoUpstream(engine.TargetTrouble));
        if (MustWait)
            return false;
        _version = nodes.Version;
        bool hasKey = Aim(command.Key, arguments);
        if (command.Kind == CommandKind.Select)
            // There is one database; what else is asked for, the node refuses.
            command = new Command(CommandKind.Ordinary, CommandEffect.Connection);
        if (_transaction is { } transaction && Path.IsInTransaction)
            return TakeInTransaction(transaction, command.Kind, frame, hasKey, arguments.Count);
        // What blocks comes to its end before another node hears of what is behind it.
        if (client is { MayBeBlocked: true, Outstanding: > 0 } && (command.Spread != Spread.None || Path.Own?.Node != _node))
            return false;
        // Whether it is subscribed decides what it may say, and only the answers tell.
        if (client.Subscriptions is not null && client.Outstanding > 0 && command.Kind != CommandKind.Subscribe)
            return false;
        // In RESP2 the node refuses nearly everything, and says so itself.
        if (IsOnlySubscribed && command.Kind != CommandKind.Subscribe)
        {
            _node = SubscribedOn ?? _node;
            return null;
        }
        if (command.Spread != Spread.None)
            return TrySpread(command.Spread, command.Effect, arguments);
        if (command.Key == KeyPlaces.OfScripts && arguments.Count > 1 && CommandTable.Is(arguments.Current[..4], "EVAL"u8))
            RememberScript(arguments);
        return TakeSpecial(command.Kind, hasKey, arguments);
    }

    private bool? TakeSpecial(CommandKind kind, bool hasKey, RequestArguments arguments)
    {
        switch (kind)
        {
            case CommandKind.Subscribe:
                // All of its subscriptions are on one node; which one that is what is under way may decide.
                if (client is { Subscriptions: not null, Outstanding: > 0 } && _node != SubscribedOn)
                    return false;
                bool isSubscribed = client.Subscriptions is { Count: > 0 } && SubscribedOn is { LeftAt: null };
                if (isSubscribed && hasKey && _node != SubscribedOn)
                    return Path.Reply(ErrorReplies.OtherNode);
                if (isSubscribed)
                    _node = SubscribedOn;
                else
                    (SubscribedOn, _subscribedSlot) = (_node, _slot);
                return null;
            case CommandKind.Multi when arguments.Count == 1:
                return Begin();
            case CommandKind.Watch when hasKey:
                if (Path.State.HasFlag(ClientState.Watching) && _watched is { LeftAt: null } && _watched != _node)
                    return Path.Reply(ErrorReplies.CrossSlot);
                (_watched, _watchedSlot) = (_node, _slot);
                return null;
            case CommandKind.Unwatch or CommandKind.Exec or CommandKind.Discard:
                _node = _watched is { LeftAt: null } ? _watched : _node;
                return null;
            case CommandKind.Wait:
                // It is about what this client has written.
                _node = _lastNode is { LeftAt: null } ? _lastNode : _node;
                return null;
            case CommandKind.Pinned when arguments.Count == 1 && IsAboutRedirections(arguments.Current):
                // Replicas are not read and redirections not passed on, so there is nothing that the node would have to know.
                return Path.Reply(ErrorReplies.Ok);
            case CommandKind.Client when nodes.Masters.Count > 1 && CommandShape.IsTracking(arguments):
                // It would stay silent about the other nodes' keys.
                return Path.Reply(ErrorReplies.NoTracking);
            default:
                if (hasKey)
                    _lastNode = _node;
                return null;
        }
    }

    // Which node it is for is not known before its first key.
    private bool? Begin()
    {
        bool isWatching = Path.State.HasFlag(ClientState.Watching) && _watched is { LeftAt: null };
        if (!isWatching && client.Outstanding > 0 && !Path.IsOnOwn)
            return false;
        _transaction = new ClusterTransaction(isWatching);
        if (!isWatching)
        {
            Path.Begin(ClientState.Transaction);
            return Path.Reply(ErrorReplies.Ok);
        }
        (_node, _slot) = (_watched!, _watchedSlot);
        _transaction.Begin(_node, _slot);
        return null;
    }

    private bool? TakeInTransaction(ClusterTransaction transaction, CommandKind kind, ReadOnlySpan<byte> frame, bool hasKey, int words)
    {
        if (client.Outstanding > 0 && !Path.IsOnOwn)
            return false;
        // A node that has not the key would name the one that has it, and spoil the transaction.
        if (kind == CommandKind.Watch && hasKey && nodes.Masters.Count > 1)
            return Path.Reply(ErrorReplies.WatchInside);
        if (transaction.Node is null)
            Bind(transaction, _node!);
        // Where a user may not say MULTI, what comes behind it must not be executed.
        if (!_maySayMulti && !transaction.IsBegun)
            return false;
        if (transaction.Refusal is { } refusal)
        {
            Path.State &= ~ClientState.Transaction;
            _transaction = null;
            return Path.Reply(refusal);
        }
        _maySayMulti = true;
        _isExec = kind == CommandKind.Exec;
        // Whether it goes on behind them is only known when they are answered. EXEC ends it even when it is refused.
        _isEnding = kind == CommandKind.Exec || (kind == CommandKind.Discard && words == 1);
        _place = transaction.Count;
        if (kind is not (CommandKind.Exec or CommandKind.Discard or CommandKind.Multi or CommandKind.Watch))
            transaction.Add(frame, hasKey ? _slot : null);
        if (!hasKey)
            _slot = Math.Max(0, transaction.Slot);
        _node = transaction.Node;
        return null;
    }

    /// A command of the transaction is refused by us, which its node has to know.
    public void Spoil(ReadOnlySpan<byte> frame)
    {
        if (_transaction is not { } transaction)
            return;
        transaction.Add(frame, slot: null);
        transaction.Spoil(transaction.Count);
        if (transaction.Node is null)
            Bind(transaction, nodes.Home);
    }

    /// A reply has told whether the transaction is over.
    public void EndTransaction()
    {
        _isEnding = false;
        if (!Path.IsInTransaction)
            _transaction = null;
        if (!Path.State.HasFlag(ClientState.Watching))
            _watched = null;
    }

    /// What the client holds on the server is on this connection.
    public bool Holds(UpstreamLink link)
    {
        bool isSomewhere = Path.State.HasFlag(ClientState.Unknown) || (_watched is null && _transaction?.Node is null);
        return (isSomewhere && link == Path.Own) || link.Node == _watched || link.Node == _transaction?.Node;
    }

    /// Where to subscribe again when the node of its subscriptions has left.
    public UpstreamLink Resubscribe()
    {
        SubscribedOn = nodes.Owner(_subscribedSlot);
        return Path.Use(OwnOn(SubscribedOn));
    }

    /// Where a transaction of which nothing was sent yet goes, all of it; null while that is this node.
    public UpstreamLink? Rebind(ClusterTransaction transaction, ClusterNode node)
    {
        var owner = nodes.Owner(Math.Max(0, transaction.Slot));
        if (owner == node)
            return null;
        transaction.Node = owner;
        return Path.Use(OwnOn(owner));
    }

    private void Bind(ClusterTransaction transaction, ClusterNode node)
    {
        transaction.Node = node;
        client.Sent(0);
        var turn = new Turn { Client = client, Transaction = transaction, IsSilent = true };
        Path.Use(OwnOn(node)).Enqueue(new PendingReply { Client = client, Turn = turn, Since = engine.Now }, "*1\r\n$5\r\nMULTI\r\n"u8);
    }

    private void RememberScript(RequestArguments arguments)
    {
        bool isBySum = arguments.Current.Length >= "EVALSHA".Length && CommandTable.Is(arguments.Current[..7], "EVALSHA"u8);
        if (isBySum || !arguments.MoveNext())
            return;
        var body = arguments.Current;
        // With a number of keys that can't be, the node does not look at the script.
        bool isLookedAt = arguments.MoveNext() && Utf8Parser.TryParse(arguments.Current, out int keys, out int read)
            && read == arguments.Current.Length && keys >= 0 && keys <= arguments.Count - 3;
        if (isLookedAt)
            nodes.Scripts.Remember(body);
    }

    /// What a request gets that is too large to be kept while nobody has told the slots for too long; it is read to its end.
    public byte[]? RefusalOfLarge => nodes.IsKnown || nodes.MayBeWaitedFor ? null : ErrorReplies.NoUpstream(engine.TargetTrouble);

    /// The same for a request of which only the beginning has come.
    public bool TakeLarge(ReadOnlySpan<byte> beginning)
    {
        if (!nodes.IsKnown || MustWait)
            return false;
        _version = nodes.Version;
        bool hasKey = CommandShape.TryFindKeyOfLarge(beginning, engine.Commands, out var key);
        _slot = hasKey ? KeySlot.Of(key) : 0;
        _node = IsOnlySubscribed && SubscribedOn is { } subscribedOn ? subscribedOn : nodes.Owner(_slot);
        if (_transaction is not { } transaction || !Path.IsInTransaction)
            return true;
        if (transaction.Node is null)
            Bind(transaction, _node);
        transaction.IsLost = true;
        _node = transaction.Node;
        return true;
    }

    public Turn NewTurn(int cost)
    {
        var turn = client.Turns!.Add(_slot, cost);
        turn.ScriptsBefore = nodes.Scripts.Count;
        if (Path.IsInTransaction)
            (turn.Transaction, turn.IsExec, turn.Place) = (_transaction, _isExec, _place);
        return turn;
    }

    public UpstreamLink LinkOn(ClusterNode node, bool isOwn) => isOwn ? OwnOn(node) : identity.LaneOn(node);

    /// What changes the client's connections is next: what comes behind it needs connections that know of it. False while something
    /// is under way on another of its own.
    public bool TryBeginSettling()
    {
        if (_owns.Exists(own => own != Path.Own && own.Waiting > 0))
            return false;
        _settling++;
        CloseOthers();
        return true;
    }

    /// What the client has on its nodes is over, but for the connection that hears of it.
    public void Reset()
    {
        (_transaction, _watched, _isEnding) = (null, null, false);
        (_node, _slot) = (nodes.Home, 0);
        Path.UseOwn();
        CloseOthers();
    }

    public void EndSettling() => _settling--;

    public void CloseOwns()
    {
        foreach (var own in _owns)
            own.Close();
        _owns.Clear();
    }

    /// It may say next to nothing but SUBSCRIBE.
    public bool IsOnlySubscribed => client.Subscriptions is { Count: > 0 } && !client.SpeaksResp3;

    private ClientPath Path => client.Path;

    // After a change of the slots, and behind what was redirected, a request could come to its node before an earlier one does.
    private bool MustWait => client.Outstanding > 0 && (_isEnding || _version != nodes.Version || client.Turns!.Redirected > 0 || _settling > 0);

    private static bool IsAboutRedirections(ReadOnlySpan<byte> name) =>
        CommandTable.Is(name, "READONLY"u8) || CommandTable.Is(name, "READWRITE"u8) || CommandTable.Is(name, "ASKING"u8);

    private bool Aim(KeyPlace place, RequestArguments arguments)
    {
        bool hasKey = place.TryFind(arguments, out var key);
        _slot = hasKey ? KeySlot.Of(key) : 0;
        _node = nodes.Owner(_slot);
        return hasKey;
    }

    private bool? TrySpread(Spread spread, CommandEffect effect, RequestArguments arguments)
    {
        spread = SpreadShape.Narrow(spread, arguments);
        if (spread is Spread.Values or Spread.Pairs or Spread.Counts)
        {
            if (KeySplit.Of(arguments, spread == Spread.Pairs) is not { } split)
                return null;
            // No part of it would be wrong: so one slot's keys are said as wrongly as all are.
            if (spread == Spread.Pairs && arguments.Count % 2 == 0)
                return Path.Forward(KeySplit.WithoutPair(arguments), effect);
            if (!MayBegin)
                return false;
            var parts = Begin(spread, split.Parts, split.PartOfKey, default);
            for (int i = 0; i < split.Parts; i++)
                Send(parts.Begin(i, split.SlotOf(i)), split.FrameOf(i), effect);
            return true;
        }
        if (spread == Spread.None)
            return null;
        if (!MayBegin)
            return false;
        return spread == Spread.Scan ? Scan(arguments) : AskAll(spread, effect, arguments);
    }

    private bool AskAll(Spread spread, CommandEffect effect, RequestArguments arguments)
    {
        byte[] frame = SpreadShape.Encode(arguments);
        if (spread is Spread.Everywhere)
            SpreadShape.Follow(nodes.Scripts, arguments);
        var masters = nodes.Masters;
        var parts = Begin(spread, masters.Count, [], default);
        for (int i = 0; i < masters.Count; i++)
            Send(parts.Begin(i, nodes.SlotOf(masters[i])), frame, effect);
        return true;
    }

    private bool? Scan(RequestArguments arguments)
    {
        var rest = arguments;
        if (!rest.MoveNext() || !ScanCursor.TryRead(rest.Current, nodes.Fingerprint, out var cursor) || cursor.Master >= nodes.Masters.Count)
            return null;
        Send(Begin(Spread.Scan, 1, [], cursor).Begin(0, nodes.SlotOf(nodes.Masters[cursor.Master])), cursor.Ask(arguments), CommandEffect.Read);
        return true;
    }

    // On the shared connections and on the client's own at once, later commands could come first.
    private bool MayBegin => client.Outstanding == 0 || Path.IsOnOwn == NeedsOwn;

    private bool NeedsOwn => Path.State != ClientState.None;

    private Gathering Begin(Spread spread, int parts, int[] partOfKey, ScanCursor cursor)
    {
        engine.Counters.Commands++;
        engine.Counters.Spread++;
        var head = client.Turns!.Add(_slot, cost: 0);
        client.Sent(0);
        return new Gathering(client, head, spread, parts) { PartOfKey = partOfKey, Cursor = cursor };
    }

    private void Send(Turn part, byte[] frame, CommandEffect effect)
    {
        var pending = new PendingReply { Client = client, Turn = part, IsReplayable = effect >= engine.RepeatsFrom, Writes = effect < CommandEffect.Read, Since = engine.Now };
        Path.Use(LinkOn(nodes.Owner(part.Slot), NeedsOwn)).Enqueue(pending, frame);
    }

    private void CloseOthers()
    {
        foreach (var own in _owns)
        {
            if (own != Path.Own)
                own.Close();
        }
        _owns.RemoveAll(static own => own.IsClosed);
    }

    private UpstreamLink OwnOn(ClusterNode node)
    {
        for (int i = _owns.Count - 1; i >= 0; i--)
        {
            var own = _owns[i];
            if (own.IsClosed)
                _owns.RemoveAt(i);
            else if (own.Node == node)
                return own;
        }
        var made = engine.NewLink(client, setUps: null, node);
        engine.Counters.Pinned++;
        _owns.Add(made);
        return made;
    }
}
