using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Sends a command on that its node would not execute: to the node that it names, or again a little later, until it has waited long enough.
internal sealed class Redirections(RedisEngine engine, ClusterNodes nodes)
{
    // Two nodes that each point to the other are about to agree.
    private const int AtOnce = 5;
    private const long Pause = 50;

    private readonly Queue<(long At, PendingReply Pending, byte[] Frame, bool IsOwn, byte[] LastReply)> _later = [];

    /// True when the reply to the first command of the backlog is not for its client: the command is on its way again.
    public bool Takes(UpstreamLink link, Backlog backlog, ReadOnlySpan<byte> error)
    {
        if (backlog.Head is not { Turn: { } turn, Client.IsClosed: false } || !IsRefusal(error))
            return false;
        if (backlog.Head.IsStreamed)
        {
            nodes.Refresh(null);
            var lost = backlog.TakeHead();
            lost.Deliver(ErrorReplies.MovedWhileSent);
            lost.Conclude(isError: true);
            backlog.AnswerHeads();
            return true;
        }
        if (engine.Now - backlog.Head.Since > engine.Options.QueueTimeout.TotalMilliseconds)
            return false;

        byte[] frame = backlog.HeadFrame.ToArray();
        var pending = backlog.TakeHead();
        engine.Counters.Redirected++;
        if (turn.Redirections++ == 0)
            turn.Client.Turns!.Redirected++;
        if (Next(link, error, turn, out bool isAsking) is { } node)
            Send(pending, frame, node, !link.IsLane, isAsking);
        else
            _later.Enqueue((engine.Now + Pause, pending, frame, !link.IsLane, error.ToArray()));
        backlog.AnswerHeads();
        return true;
    }

    public void Tick()
    {
        for (int left = _later.Count; left > 0 && _later.Peek().At <= engine.Now; left--)
        {
            var (_, pending, frame, isOwn, lastReply) = _later.Dequeue();
            if (pending.Client is not { IsClosed: false })
                continue;
            if (engine.Now - pending.Since <= engine.Options.QueueTimeout.TotalMilliseconds)
            {
                Send(pending, frame, nodes.Owner(pending.Turn!.Slot), isOwn, isAsking: false);
                continue;
            }
            pending.Deliver(lastReply);
            pending.Conclude(isError: true);
        }
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
        var node = Redirection.TryRead(words, out var to) ? nodes.Find(new HostPort(to.Host.Length > 0 ? to.Host : link.Node!.Name.Host, to.Port)) : null;
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
        return turn.Redirections <= AtOnce ? node : null;
    }

    private void Send(in PendingReply pending, byte[] frame, ClusterNode node, bool isOwn, bool isAsking)
    {
        var link = pending.Client!.Path.Cluster!.LinkOn(node, isOwn);
        if (isAsking)
            link.Enqueue(new PendingReply { IsReplayable = true, Since = engine.Now }, "*1\r\n$6\r\nASKING\r\n"u8);
        link.Enqueue(pending, frame);
    }

    // All of them say that nothing was executed.
    private static bool IsRefusal(ReadOnlySpan<byte> error) =>
        error.StartsWith("-MOVED "u8) || error.StartsWith("-ASK "u8) || error.StartsWith("-TRYAGAIN "u8) || error.StartsWith("-CLUSTERDOWN "u8)
        || error.StartsWith("-LOADING "u8) || error.StartsWith("-MASTERDOWN "u8) || error.StartsWith("-READONLY You can't write"u8)
        || error.StartsWith("-UNBLOCKED force unblock"u8);
}
