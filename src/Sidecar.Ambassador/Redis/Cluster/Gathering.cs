using Sidecar.Ambassador.Redis.Commands;

namespace Sidecar.Ambassador.Redis.Cluster;

/// One command that was split over several nodes: waits for the replies of all its parts and makes one of them.
internal sealed class Gathering(ClientSession client, Turn head, Spread spread, int parts)
{
    private readonly Turn[] _parts = new Turn[parts];
    private int _left = parts;

    /// Which part each key went with, in the order in which the client gave them.
    public int[] PartOfKey { get; init; } = [];

    /// Where a SCAN is.
    public ScanCursor Cursor { get; init; }

    public Turn Begin(int index, int slot) => _parts[index] = new Turn { Client = client, Slot = slot, Gathering = this, Index = index };

    public void Take(Turn part)
    {
        part.IsDone = true;
        if (--_left > 0)
            return;
        byte[] reply = Combine();
        var turns = client.Turns!;
        foreach (var one in _parts)
            turns.Forget(one);
        turns.Deliver(head, reply);
        turns.End(head);
        client.Answered(new PendingReply { Client = client, Cost = head.Cost }, isError: reply[0] == '-');
    }

    private byte[] Combine()
    {
        // A client that is gone has nothing kept.
        if (client.IsClosed)
            return "-\r\n"u8.ToArray();
        var replies = Array.ConvertAll(_parts, part => part.Early.ToArray());
        return spread == Spread.Scan
            ? Cursor.Translate(replies[0], client.Path.Cluster!.Nodes)
            : GatheredReply.Of(spread, replies, PartOfKey);
    }
}
