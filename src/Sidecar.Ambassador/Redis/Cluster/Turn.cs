namespace Sidecar.Ambassador.Redis.Cluster;

/// The place of a command's reply among those of its client. What comes before its turn is kept here.
internal sealed class Turn
{
    private ByteQueue? _early;

    public required ClientSession Client { get; init; }

    /// Which slot the command is for; for one without a key, a slot of the node that it was meant for.
    public int Slot { get; set; }

    /// How often it was sent to another node.
    public int Redirections { get; set; }

    public int Cost { get; set; }

    public bool IsDone { get; set; }

    /// The transaction that it belongs to; null outside.
    public ClusterTransaction? Transaction { get; set; }

    /// How many commands of that transaction came before it.
    public int Place { get; set; }

    /// It executes that transaction.
    public bool IsExec { get; set; }

    /// How many scripts were known when it was sent: a later one would not have answered it.
    public long ScriptsBefore { get; set; }

    /// It was an EVALSHA that its node did not know, and is the EVAL now.
    public bool IsHealed { get; set; }

    /// Nobody hears its reply, which is waited for all the same.
    public bool IsSilent { get; init; }

    /// The turn behind this one.
    public Turn? Next { get; set; }

    /// What it is a part of; null when its reply goes to the client as it is.
    public Gathering? Gathering { get; init; }

    /// Which part.
    public int Index { get; init; }

    public ReadOnlySpan<byte> Early => _early is null ? default : _early.Span;

    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (!IsSilent)
            Client.Turns!.Deliver(this, bytes);
        else if (bytes[0] == '-' && Transaction is not null)
            Transaction.Refusal = bytes.ToArray();
    }

    /// The reply is complete.
    public void End(in PendingReply answered, bool isError)
    {
        var turns = Client.Turns!;
        if (Redirections > 0)
            turns.Redirected--;
        Redirections = 0;
        if (Gathering is not null)
        {
            Gathering.Take(this);
        }
        else if (IsSilent)
        {
            Transaction!.IsBegun = true;
            Client.Answered(answered, isError);
        }
        else
        {
            turns.End(this);
            Client.Answered(answered, isError);
        }
    }

    public void Keep(ReadOnlySpan<byte> bytes, BufferPool pool) => (_early ??= new ByteQueue(pool)).Append(bytes);

    public void Forget() => _early?.Clear();
}
