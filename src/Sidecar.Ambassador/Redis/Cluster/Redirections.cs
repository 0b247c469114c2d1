using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Sends a command on that its node would not execute: to the node that it names, or again a little later, until it has waited long enough.
internal sealed class Redirections(RedisEngine engine, ClusterNodes nodes)
{
    // Two nodes that each point to the other are about to agree.
    private const int AtOnce = 5;
    private const long Pause = 50;

    private static readonly byte[] Asking = "*1\r\n$6\r\nASKING\r\n"u8.ToArray();
    private static readonly byte[] Multi = "*1\r\n$5\r\nMULTI\r\n"u8.ToArray();

    private readonly Queue<Refused> _later = [];

    private readonly record struct Refused(PendingReply Pending, byte[] Frame, bool IsOwn, byte[] Reply, long Until);

    /// True when the reply to the first command of the backlog is not for its client: the command is on its way again.
    public bool Takes(UpstreamLink link, Backlog backlog, ReadOnlySpan<byte> error)
    {
        if (backlog.Head is not { Turn: { } turn, Client.IsClosed: false })
            return false;
        if (turn is { Transaction: { } transaction, IsSilent: false })
            return TakesOf(transaction, link, backlog, turn, error);
        if (error.StartsWith("-NOSCRIPT "u8) && nodes.Scripts.Heal(backlog.HeadFrame, turn.ScriptsBefore) is { } healed)
        {
            turn.IsHealed = true;
            link.Enqueue(backlog.TakeHead(), healed);
            backlog.AnswerHeads();
            return true;
        }
        bool isNoScript = error.StartsWith("-ERR Error compiling script"u8) || error.IndexOf("shebang"u8) >= 0;
        if (isNoScript || error.StartsWith("-CROSSSLOT "u8))
            nodes.Scripts.Unlearn(backlog.HeadFrame);
        // It was under way when its script had not been looked at yet by any node.
        if (isNoScript && turn.IsHealed)
            return Answer(backlog, ErrorReplies.NoScript, isError: true);
        // What ended in the middle of a script may have done something before.
        if (!IsRefusal(error) || error.IndexOf(" script: "u8) >= 0)
            return false;
        // One server for all slots would have refused it for this reason.
        if (turn.Client.Path.Cluster!.IsOnlySubscribed && !backlog.Head.IsStreamed)
            return Answer(backlog, ErrorReplies.OnlySubscribed(engine.Commands.FullName(backlog.HeadFrame)), isError: true);
        if (backlog.Head.IsStreamed)
        {
            nodes.Refresh(null);
            return Answer(backlog, ErrorReplies.MovedWhileSent, isError: true);
        }
        return TakesOn(link, backlog, turn, Next(link, error, turn, out bool isAsking), isAsking, error);
    }

    public void Tick()
    {
        for (int left = _later.Count; left > 0 && _later.Peek().Until <= engine.Now; left--)
        {
            var (pending, frame, isOwn, reply, _) = _later.Dequeue();
            if (pending.Client is not { IsClosed: false })
                continue;
            if (!IsTooLate(pending))
            {
                Send(pending, frame, nodes.Owner(pending.Turn!.Slot), isOwn, isAsking: false);
                continue;
            }
            pending.Deliver(reply);
            pending.Conclude(isError: true);
        }
    }

    // Its commands are only taken note of; at EXEC all of it is said again elsewhere, when that is possible.
    private bool TakesOf(ClusterTransaction transaction, UpstreamLink link, Backlog backlog, Turn turn, ReadOnlySpan<byte> error)
    {
        bool isRefusal = IsRefusal(error);
        bool isAborted = turn.IsExec && error.SequenceEqual(ErrorReplies.Aborted) && (transaction.IsCrossed || transaction.HasMoved);
        if (!isRefusal && !isAborted)
        {
            // What is never queued does not spoil what is.
            if (!turn.IsExec && engine.Commands.KindOf(backlog.HeadFrame) is not (CommandKind.Multi or CommandKind.Watch))
                transaction.Spoil(turn.Place);
            return false;
        }
        var node = isRefusal ? Next(link, error, turn, out bool isAsking) : nodes.Owner(turn.Slot);
        isAsking = error.StartsWith("-ASK "u8);
        if (!turn.IsExec)
        {
            transaction.Refuse(turn.Slot);
            return Answer(backlog, ErrorReplies.Queued, isError: false);
        }
        if (transaction.IsCrossed || transaction.HasSeveralSlots)
            return Answer(backlog, ErrorReplies.CrossSlot, isError: true);
        // It would be refused anywhere.
        if (transaction.IsLost || transaction.IsSpoiled)
            return Answer(backlog, ErrorReplies.Aborted, isError: true);
        transaction.HasMoved = true;
        if (transaction.IsWatching)
            return Answer(backlog, turn.Client.SpeaksResp3 ? ErrorReplies.Null : ErrorReplies.NullArray, isError: false);
        // Which node refused what is not heard when all of it is said again.
        if (isAborted)
            nodes.Refresh(null);
        // What refused its commands may be what refuses them again.
        return TakesOn(link, backlog, turn, turn.Redirections == 0 ? node : null, isAsking, isAborted ? ErrorReplies.Aborted : error);
    }

    private bool TakesOn(UpstreamLink link, Backlog backlog, Turn turn, ClusterNode? node, bool isAsking, ReadOnlySpan<byte> error)
    {
        if (IsTooLate(backlog.Head))
            return false;
        byte[] frame = backlog.HeadFrame.ToArray();
        var pending = backlog.TakeHead();
        engine.Counters.Redirected++;
        if (turn.Redirections++ == 0)
            turn.Client.Turns!.Redirected++;
        if (node is not null)
            Send(pending, frame, node, !link.IsLane, isAsking);
        else
            _later.Enqueue(new Refused(pending, frame, !link.IsLane, error.ToArray(), engine.Now + Pause));
        backlog.AnswerHeads();
        return true;
    }

    private static bool Answer(Backlog backlog, byte[] reply, bool isError)
    {
        var answered = backlog.TakeHead();
        answered.Deliver(reply);
        answered.Conclude(isError, reply);
        backlog.AnswerHeads();
        return true;
    }

    // Where to send it at once; null when that has to wait.
    private ClusterNode? Next(UpstreamLink link, ReadOnlySpan<byte> error, Turn turn, out bool isAsking)
    {
        isAsking = error.StartsWith("-ASK "u8);
        bool isMoved = error.StartsWith("-MOVED "u8);
        if (!isAsking && !isMoved)
        {
            nodes.Refresh(null);
            return null;
        }
        var words = error[(isAsking ? 5 : 7)..^2];
        var node = Redirection.TryRead(words, out var to) ? Find(to, link.Node!) : null;
        if (node is null)
        {
            nodes.Refresh(null);
            return null;
        }
        if (isAsking)
            nodes.Wanted(node);
        else
        {
            turn.Slot = to.Slot;
            nodes.Moved(to.Slot, node);
        }
        return turn.Redirections < AtOnce ? node : null;
    }

    private ClusterNode? Find(Redirection to, ClusterNode asked) => to.Host switch
    {
        "" => nodes.Find(new HostPort(asked.Name.Host, to.Port)),
        "?" => nodes.FindByPort(to.Port),
        _ => nodes.Find(new HostPort(to.Host, to.Port)),
    };

    private void Send(in PendingReply pending, byte[] frame, ClusterNode node, bool isOwn, bool isAsking)
    {
        var link = pending.Client!.Path.Cluster!.LinkOn(node, isOwn);
        if (isAsking)
            Say(link, Asking);
        if (pending.Turn is { Transaction: { } transaction, IsSilent: false })
        {
            transaction.Node = node;
            pending.Client.Path.Use(link);
            // They stay together, wherever they go.
            var silent = new Turn { Client = pending.Client, Transaction = transaction, IsSilent = true };
            Say(link, Multi, silent);
            foreach (byte[] queued in transaction.Frames)
                Say(link, queued, silent);
        }
        link.Enqueue(pending, frame);
    }

    // Nobody hears the answer.
    private void Say(UpstreamLink link, byte[] frame, Turn? turn = null) => link.Enqueue(new PendingReply { Turn = turn, IsReplayable = true, Since = engine.Now }, frame);

    private bool IsTooLate(in PendingReply pending) => engine.Now - pending.Since > engine.Options.QueueTimeout.TotalMilliseconds;

    // All of them say that nothing was executed.
    private static bool IsRefusal(ReadOnlySpan<byte> error) =>
        error.StartsWith("-MOVED "u8) || error.StartsWith("-ASK "u8) || error.StartsWith("-TRYAGAIN "u8) || error.StartsWith("-CLUSTERDOWN "u8)
        || error.StartsWith("-LOADING "u8) || error.StartsWith("-MASTERDOWN "u8) || error.StartsWith("-READONLY You can't write"u8)
        || error.StartsWith("-UNBLOCKED force unblock"u8);
}
