namespace Sidecar.Ambassador.Redis.Cluster;

/// A transaction of one client, from its MULTI to the reply to EXEC. It is begun on the node of its first key, and kept: when the slot
/// moves meanwhile, the node refuses all of it, and it is said again to the next one.
internal sealed class ClusterTransaction(bool isWatching)
{
    private const int MostKept = 1024 * 1024;

    private readonly List<byte[]> _frames = [];

    // Of what is queued as far as is known, in order; -1 for what has no key.
    private readonly List<int> _slots = [];
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

    /// What is queued has keys in several slots.
    public bool HasSeveralSlots => _slots.Where(slot => slot >= 0).Distinct().Skip(1).Any();

    /// How many commands were given to it.
    public int Count => _slots.Count;

    /// One of its commands was refused for its own sake: nothing is queued behind it, and EXEC says so.
    public bool IsSpoiled { get; private set; }

    /// The node has answered MULTI.
    public bool IsBegun { get; set; }

    /// What the node said to MULTI, when it did not take it.
    public byte[]? Refusal { get; set; }

    /// Too large to be said again.
    public bool IsLost { get; set; }

    public IReadOnlyList<byte[]> Frames => _frames;

    public void Begin(ClusterNode node, int slot) => (Node, Slot, IsBegun) = (node, slot, true);

    /// Null for a command without a key.
    public void Add(ReadOnlySpan<byte> frame, int? slot)
    {
        if (Slot < 0)
            Slot = slot ?? -1;
        if (!IsSpoiled)
            _slots.Add(slot ?? -1);
        _bytes += frame.Length;
        IsLost |= _bytes > MostKept;
        if (!IsLost)
            _frames.Add(frame.ToArray());
        else
            _frames.Clear();
    }

    /// The command that was given at this place was refused for its own sake.
    public void Spoil(int place)
    {
        IsSpoiled = true;
        if (place < _slots.Count)
            _slots.RemoveRange(place, _slots.Count - place);
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
