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

    /// Where its subscriptions are, if it has any.
    public ClusterNode? SubscribedOn { get; private set; }

    public ClusterNodes Nodes => nodes;

    /// The connection to share for the request that was taken last.
    public UpstreamLink Lane => identity.LaneOn(_node!);

    /// The client's own connection for that request.
    public UpstreamLink Own => OwnOn(_node!);

    /// Null when the request goes the usual way, to the node that was found for it. Else it is answered already, or (false) has to wait.
    public bool? Take(ref Command command, RequestArguments arguments)
    {
        if (!nodes.IsKnown)
            return nodes.MayBeWaitedFor ? false : Path.Reply(ErrorReplies.NoUpstream(engine.TargetTrouble));
        if (MustWait)
            return false;
        _version = nodes.Version;
        Aim(command.Key, arguments);
        if (command.Spread != Spread.None && !Path.IsInTransaction)
            return TrySpread(command.Spread, command.Effect, arguments);
        switch (command.Kind)
        {
            case CommandKind.Select:
                // There is one database; what else is asked for, the node refuses.
                command = new Command(CommandKind.Ordinary, CommandEffect.Connection);
                return null;
            case CommandKind.Subscribe:
                // All of its subscriptions are on one node.
                _node = SubscribedOn = client.Subscriptions is null || SubscribedOn is not { LeftAt: null } ? _node : SubscribedOn;
                return null;
            case CommandKind.Multi or CommandKind.Watch:
                return Path.Reply(ErrorReplies.NotInCluster);
            case CommandKind.Pinned when arguments.Count == 1 && IsAboutRedirections(arguments.Current):
                // Replicas are not read and redirections not passed on, so there is nothing that the node would have to know.
                return Path.Reply(ErrorReplies.Ok);
            default:
                return null;
        }
    }

    /// The same for a request of which only the beginning has come.
    public bool TakeLarge(ReadOnlySpan<byte> beginning)
    {
        if (!nodes.IsKnown || MustWait)
            return false;
        _version = nodes.Version;
        bool hasKey = CommandShape.TryFindKeyOfLarge(beginning, engine.Commands, out var key);
        _slot = hasKey ? KeySlot.Of(key) : 0;
        _node = nodes.Owner(_slot);
        return true;
    }

    public Turn NewTurn(int cost) => client.Turns!.Add(_slot, cost);

    public UpstreamLink LinkOn(ClusterNode node, bool isOwn) => isOwn ? OwnOn(node) : identity.LaneOn(node);

    /// What changes the client's connections is under way: what comes behind it needs connections that know of it.
    public void BeginSettling()
    {
        _settling++;
        for (int i = _owns.Count - 1; i >= 0; i--)
        {
            if (_owns[i] == Path.Own)
                continue;
            _owns[i].Close();
            _owns.RemoveAt(i);
        }
    }

    public void EndSettling() => _settling--;

    public void CloseOwns()
    {
        foreach (var own in _owns)
            own.Close();
        _owns.Clear();
    }

    private ClientPath Path => client.Path;

    // After a change of the slots, and behind what was redirected, a request could come to its node before an earlier one does.
    private bool MustWait => client.Outstanding > 0 && (_version != nodes.Version || client.Turns!.Redirected > 0 || _settling > 0);

    private static bool IsAboutRedirections(ReadOnlySpan<byte> name) =>
        CommandTable.Is(name, "READONLY"u8) || CommandTable.Is(name, "READWRITE"u8) || CommandTable.Is(name, "ASKING"u8);

    private void Aim(KeyPlace place, RequestArguments arguments)
    {
        bool hasKey = place.TryFind(arguments, out var key);
        _slot = hasKey ? KeySlot.Of(key) : 0;
        _node = nodes.Owner(_slot);
    }

    private bool? TrySpread(Spread spread, CommandEffect effect, RequestArguments arguments)
    {
        spread = SpreadShape.Narrow(spread, arguments);
        if (spread is Spread.Values or Spread.Pairs or Spread.Counts)
        {
            // No part of it would be wrong, so the name alone is what is refused.
            if (spread == Spread.Pairs && arguments.Count % 2 == 0)
                return Path.Forward(RequestWriter.Encode([arguments.Current.ToArray()]), CommandEffect.Read);
            if (KeySplit.Of(arguments, spread == Spread.Pairs) is not { } split)
                return null;
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
