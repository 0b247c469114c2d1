namespace Sidecar.Ambassador.Redis.Cluster;

/// A transaction of one client, from its MULTI to the reply to EXEC. It is begun on the node of its first key, and kept: when the slot
/// moves meanwhile, the node refuses all of it, and it is said again to the next one.
internal sealed class ClusterTransaction(bool isWatching)
{
    private const int MostKept = 1024 * 1024;

    private readonly List<byte[]> _frames = [];
    private int _bytes;

    /// Null while the first command is waited for.
    public ClusterNode? Node { get; set; }

    /// Of its first key; -1 before there is one.
    public int Slot { get; private set; } = -1;

    /// What was watched is not watched on another node: there it counts as changed.
    public bool IsWatching => isWatching;

    /// One of its keys is in another slot.
    public bool IsCrossed { get; private set; }

    /// A node would not take one of its commands, which is elsewhere now.
    public bool HasMoved { get; set; }

    /// Its keys are in several slots, as far as is known without asking.
    public bool HasSeveralSlots { get; private set; }

    /// One of its commands was refused for its own sake: nothing is queued behind it, and EXEC says so.
    public bool IsSpoiled { get; set; }

    /// The node has answered MULTI.
    public bool IsBegun { get; set; }

    /// What the node said to MULTI, when it did not take it.
    public byte[]? Refusal { get; set; }

    /// Too large to be said again.
    public bool IsLost { get; set; }

    public IReadOnlyList<byte[]> Frames => _frames;

    public void Begin(ClusterNode node, int slot) => (Node, Slot, IsBegun) = (node, slot, true);

    public void Add(ReadOnlySpan<byte> frame, int slot)
    {
        if (Slot < 0)
            Slot = slot;
        HasSeveralSlots |= slot != Slot;
        _bytes += frame.Length;
        IsLost |= _bytes > MostKept;
        if (!IsLost)
            _frames.Add(frame.ToArray());
        else
            _frames.Clear();
    }

    /// A command for this slot was refused.
    public void Refuse(int slot)
    {
        if (IsSpoiled)
            return;
        if (slot == Slot)
            HasMoved = true;
        else
            IsCrossed = true;
    }
}
