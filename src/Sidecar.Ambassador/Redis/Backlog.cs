namespace Sidecar.Ambassador.Redis;

/// The commands that a link was given and that have no reply yet, in order, with their bytes: so that what was never sent, or may
/// be sent twice, can be sent on the next connection.
internal sealed class Backlog(BufferPool pool, bool holdsWrites)
{
    private PendingReply[] _ring = new PendingReply[16];
    private int _head;
    private byte[] _bytes = [];
    private int _start;
    private int _sent;
    private int _end;
    private int _streamed;
    private int _held;
    private bool _holdsWrites = holdsWrites;
    private long _departures;

    public int Count { get; private set; }

    /// Bytes held in memory: of commands without a reply, and of what is not sent yet.
    public int Length => _end - _start;

    public ReadOnlySpan<byte> Unsent => _bytes.AsSpan(_sent, _end - _held - _sent);

    /// Something waits because it, or what came before it, writes.
    public bool HasHeld { get; private set; }

    /// Whether the oldest command was sent and its reply has not come.
    public bool AwaitsReply => Count > 0 && Head.Reply is null && (Head.IsStreamed || _start + _streamed + Head.Length <= _sent);

    public ref PendingReply Head => ref _ring[_head];

    public ReadOnlySpan<byte> HeadFrame => _bytes.AsSpan(_start, Head.Length);

    public ref PendingReply At(int index) => ref _ring[(_head + index) & (_ring.Length - 1)];

    public void Add(in PendingReply pending, ReadOnlySpan<byte> frame)
    {
        if (Count == _ring.Length)
            GrowRing();
        ref var added = ref _ring[(_head + Count) & (_ring.Length - 1)];
        added = pending;
        added.Length = frame.Length;
        Count++;
        HasHeld |= _holdsWrites && pending is { Writes: true, Reply: null };
        Append(frame);
    }

    /// Bytes that are forgotten once they are sent: parts of a large command, or of a tunnel. Only behind commands that are answered.
    public void AddStreamed(ReadOnlySpan<byte> bytes)
    {
        Append(bytes);
        _streamed += bytes.Length;
    }

    public void MarkSent(int count)
    {
        _sent += count;
        int forgotten = Math.Min(count, _streamed);
        _streamed -= forgotten;
        Release(forgotten);
    }

    /// From here on nothing that writes is sent, nor what comes behind it; what was sent in part is sent to its end.
    public void HoldWrites()
    {
        _holdsWrites = true;
        int position = _start + _streamed;
        for (int i = 0; i < Count && !HasHeld; i++)
        {
            ref var pending = ref At(i);
            if (pending is { Writes: true, Reply: null, IsStreamed: false } && position >= _sent)
                (HasHeld, _held) = (true, _end - position);
            position += pending.Length;
        }
    }

    public void ReleaseWrites() => (_holdsWrites, HasHeld, _held) = (false, false, 0);

    /// How many of the oldest commands are sent, counting those that we answer ourselves.
    public int CountSent()
    {
        int position = _start + _streamed;
        for (int i = 0; i < Count; i++)
        {
            ref var pending = ref At(i);
            position += pending.Length;
            if (pending is { Reply: null, IsStreamed: false } && position > _sent)
                return i;
        }
        return Count;
    }

    public PendingReply TakeHead()
    {
        var taken = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        Release(taken.Length);
        return taken;
    }

    /// The connection is gone. What was never sent, or may be sent twice, waits for the next one; the fate of the rest is unknown.
    /// `renewals` go before the rest.
    public void Lose(RedisCounters counters, IEnumerable<(PendingReply Pending, byte[] Frame)> renewals) => Revise(
        (pending, wasSent) =>
        {
            if (pending.Client is not { IsClosed: false })
                return Fate.Drop;
            if (!wasSent)
                return Fate.Keep;
            bool isKept = pending.IsReplayable || pending.IsRefused;
            pending.Subscription?.BeginAgain();
            if (isKept)
                counters.Replayed++;
            else
                counters.FateUnknown++;
            return isKept ? Fate.Keep : Fate.Fail;
        },
        ErrorReplies.FateUnknown,
        renewals);

    /// No connection comes. What waited too long fails.
    public void GiveUp(WaitingTime waits, string trouble, long departures)
    {
        ForgetDeparted(departures);
        if (Count == 0 || !waits.IsTooLong(Head))
            return;
        Revise(
            (pending, _) => pending.Client is not { IsClosed: false } ? Fate.Drop : waits.IsTooLong(pending) ? Fate.Fail : Fate.Keep,
            ErrorReplies.NoUpstream(trouble),
            renewals: []);
    }

    /// What waits dies with its client, some of which have left since the last time. Only while nothing was sent.
    public void ForgetDeparted(long departures)
    {
        if (_departures == departures || _streamed > 0)
            return;
        _departures = departures;
        if (Count > 0)
            Revise(static (pending, _) => pending.Client is { IsClosed: true } ? Fate.Drop : Fate.Keep, [], renewals: []);
    }

    /// What belongs to another link by now goes there. Only while there is no connection: nothing of it was sent.
    public void GiveAway(Func<PendingReply, UpstreamLink?> elsewhere) => Revise(static (_, _) => Fate.Keep, [], renewals: [], elsewhere);

    /// Gives the replies that are our own, as far as it is their turn.
    public void AnswerHeads()
    {
        while (Count > 0 && Head.Reply is { } reply)
        {
            var answered = TakeHead();
            answered.Deliver(reply);
            answered.Conclude(isError: true);
        }
    }

    public void Clear()
    {
        _ring = new PendingReply[16];
        (_head, Count) = (0, 0);
        (_sent, _held, HasHeld) = (_end, 0, false);
        _streamed = 0;
        Release(Length);
    }

    // Nothing counts as sent any more, and each command meets the fate that it is given. Streamed bytes are gone.
    private void Revise(
        Func<PendingReply, bool, Fate> judge,
        byte[] failure,
        IEnumerable<(PendingReply Pending, byte[] Frame)> renewals,
        Func<PendingReply, UpstreamLink?>? elsewhere = null)
    {
        var old = (Ring: _ring, Head: _head, Count, Bytes: _bytes, Start: _start + _streamed, Sent: _sent);
        _ring = new PendingReply[16];
        _bytes = [];
        (_head, Count, _start, _sent, _end, _streamed) = (0, 0, 0, 0, 0, 0);
        (_held, HasHeld) = (0, false);

        foreach (var (pending, frame) in renewals)
            Add(pending, frame);
        int position = old.Start;
        for (int i = 0; i < old.Count; i++)
        {
            var pending = old.Ring[(old.Head + i) & (old.Ring.Length - 1)];
            var frame = old.Bytes.AsSpan(position, pending.Length);
            position += pending.Length;
            if (pending.Reply is null && elsewhere?.Invoke(pending) is { } link)
            {
                link.Enqueue(pending, frame);
                continue;
            }
            // A command that was sent in part is not executed: Redis waits for its end.
            bool wasSent = pending.IsStreamed || (pending.Length > 0 && position <= old.Sent);
            switch (pending.Reply is null ? judge(pending, wasSent) : Fate.Keep)
            {
                case Fate.Keep:
                    (pending.IsRefused, pending.WasRefused) = (false, pending.WasRefused || pending.IsRefused);
                    Add(pending, pending.Reply is null ? frame : []);
                    break;
                case Fate.Fail:
                    pending.Reply = failure;
                    Add(pending, []);
                    break;
            }
        }
        if (old.Bytes.Length > 0)
            pool.Return(old.Bytes);
    }

    private void Release(int count)
    {
        _start += count;
        if (_start < _end)
            return;
        (_start, _sent, _end) = (0, 0, 0);
        if (_bytes.Length <= BufferPool.CommonSize)
            return;
        // A burst went by; what follows starts small again.
        pool.Return(_bytes);
        _bytes = [];
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _end < bytes.Length)
            MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
        if (HasHeld)
            _held += bytes.Length;
    }

    private void MakeRoom(int size)
    {
        int length = Length;
        var held = _bytes.AsSpan(_start, length);
        if (_bytes.Length - length >= size && length <= _bytes.Length / 2)
        {
            held.CopyTo(_bytes);
        }
        else
        {
            byte[] larger = pool.Rent(length + Math.Max(size, length));
            held.CopyTo(larger);
            if (_bytes.Length > 0)
                pool.Return(_bytes);
            _bytes = larger;
        }
        (_sent, _start, _end) = (_sent - _start, 0, length);
    }

    private void GrowRing()
    {
        var larger = new PendingReply[_ring.Length * 2];
        for (int i = 0; i < Count; i++)
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        (_ring, _head) = (larger, 0);
    }
}
