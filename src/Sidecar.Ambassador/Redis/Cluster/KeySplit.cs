using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// The keys of one command, with what belongs to each, sorted by their slots: each slot becomes a command of its own.
internal sealed class KeySplit
{
    private readonly List<int> _slots = [];
    private readonly List<List<byte[]>> _words = [];
    private readonly List<int> _partOfKey = [];

    public int Parts => _slots.Count;

    public int[] PartOfKey => [.. _partOfKey];

    public int SlotOf(int part) => _slots[part];

    public byte[] FrameOf(int part) => RequestWriter.Encode(_words[part]);

    /// Null when one node can answer it as it is, or has to say what is wrong with it. `arguments` stand at the command's name.
    public static KeySplit? Of(RequestArguments arguments, bool isInPairs)
    {
        if (IsOneSlot(arguments, isInPairs))
            return null;
        var split = new KeySplit();
        byte[] name = arguments.Current.ToArray();
        while (arguments.MoveNext())
        {
            int slot = KeySlot.Of(arguments.Current);
            int part = split._slots.IndexOf(slot);
            if (part < 0)
            {
                part = split._slots.Count;
                split._slots.Add(slot);
                split._words.Add([name]);
            }
            split._partOfKey.Add(part);
            split._words[part].Add(arguments.Current.ToArray());
            if (isInPairs && arguments.MoveNext())
                split._words[part].Add(arguments.Current.ToArray());
        }
        return split;
    }

    /// The name and the first key alone, one time too often.
    public static byte[] WithoutPair(RequestArguments arguments)
    {
        byte[] name = arguments.Current.ToArray();
        _ = arguments.MoveNext();
        byte[] key = arguments.Current.ToArray();
        return RequestWriter.Encode([name, key, key, key]);
    }

    private static bool IsOneSlot(RequestArguments arguments, bool isInPairs)
    {
        int first = -1;
        while (arguments.MoveNext())
        {
            int slot = KeySlot.Of(arguments.Current);
            if (first >= 0 && slot != first)
                return false;
            first = slot;
            if (isInPairs)
                arguments.MoveNext();
        }
        return true;
    }
}
