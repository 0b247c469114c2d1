namespace Sidecar.Ambassador.Redis.Cluster;

/// The commands of one client that are under way on the nodes of a cluster, in the order in which their replies are due.
internal sealed class Turns(ClientSession client, RedisEngine engine)
{
    private Turn? _first;
    private Turn? _last;
    private Turn? _spare;

    /// Bytes of replies that came before their turn.
    public int EarlyBytes { get; private set; }

    /// Commands that were sent to another node, or wait to be sent again: nothing may overtake them.
    public int Redirected { get; set; }

    public Turn Add(int slot, int cost)
    {
        var turn = _spare ?? new Turn { Client = client };
        _spare = turn.Next;
        (turn.Next, turn.Slot, turn.Cost, turn.IsDone, turn.Transaction, turn.IsExec) = (null, slot, cost, false, null, false);
        if (_first is null)
            _first = turn;
        else
            _last!.Next = turn;
        _last = turn;
        return turn;
    }

    /// Our own reply, when everything before it is answered.
    public void Answer(ReadOnlySpan<byte> reply)
    {
        if (_first is null)
        {
            client.Deliver(reply);
            return;
        }
        var turn = Add(slot: 0, cost: 0);
        Deliver(turn, reply);
        turn.IsDone = true;
    }

    public void Deliver(Turn turn, ReadOnlySpan<byte> bytes)
    {
        if (turn == _first)
        {
            client.Deliver(bytes);
            return;
        }
        if (client.IsClosed)
            return;
        turn.Keep(bytes, engine.Buffers);
        EarlyBytes += bytes.Length;
        if (EarlyBytes > engine.Options.StallBytes)
        {
            engine.Counters.ClientsCut++;
            client.Close("too many of its replies wait for an earlier one");
        }
    }

    public void End(Turn turn)
    {
        turn.IsDone = true;
        while (_first is { IsDone: true } done)
        {
            _first = done.Next;
            (done.Next, _spare) = (_spare, done);
            if (_first is { Early.IsEmpty: false } next)
            {
                client.Deliver(next.Early);
                Forget(next);
            }
        }
    }

    /// What was kept of it is not needed any more.
    public void Forget(Turn turn)
    {
        EarlyBytes -= turn.Early.Length;
        turn.Forget();
    }

    /// The client is gone.
    public void Clear()
    {
        for (var turn = _first; turn is not null; turn = turn.Next)
            turn.Forget();
        (_first, _last, _spare, EarlyBytes, Redirected) = (null, null, null, 0, 0);
    }
}
