using Sidecar.Ambassador.Redis.Cluster;
using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Ambassador.Redis.Insight;
using Sidecar.Ambassador.Redis.PubSub;

namespace Sidecar.Ambassador.Redis;

/// A command that was given to a link and has no reply yet, or the reply that we give in its turn.
internal struct PendingReply
{
    /// Who gets the reply; null for what we ask ourselves.
    public ClientSession? Client;

    /// Where its reply stands among those of its client; null where one connection after the other keeps them in order.
    public Turn? Turn;

    /// Which of our own questions it answers; null for a sign of life.
    public CommandInquiry? Inquiry;

    /// Our own reply, when the server is not to be asked (any more).
    public byte[]? Reply;

    /// When it is answered without an error, this becomes part of what the client's connection is restored with.
    public SetUp? SetUp;

    /// What its reply ends.
    public StateEnd? End;

    /// Its reply comes in parts, one for each name in it.
    public SubscriptionRequest? Subscription;

    /// How many bytes of the command are kept until the reply comes.
    public int Length;

    /// What the command counts for in its client's share, whatever became of its bytes.
    public int Cost;

    /// It may be sent again when nobody knows whether it was executed.
    public bool IsReplayable;

    /// It may change data: not to be sent to a master that is about to be replaced.
    public bool Writes;

    /// The server would not execute it: it may be sent again, once.
    public bool IsRefused;

    /// It was sent again for that reason, and is not a second time: scripts can say such a thing of their own accord.
    public bool WasRefused;

    /// Its bytes are not kept: what was sent cannot be sent again.
    public bool IsStreamed;

    public long Since;

    /// When it arrived, as the clock's timestamp, and under what its latency is counted.
    public long Began;
    public CommandClass Class;

    public readonly void Deliver(ReadOnlySpan<byte> bytes)
    {
        if (Turn is null)
            Client?.Deliver(bytes);
        else
            Turn.Deliver(bytes);
    }

    /// False when something of the client's is under way before it, so that this has to wait for its turn. What others wait for is no
    /// concern of the client's.
    public readonly bool TryAnswerAtOnce(ReadOnlySpan<byte> reply)
    {
        if (Turn is null && Client is not { Outstanding: 1 })
            return false;
        Deliver(reply);
        Conclude(isError: true);
        return true;
    }

    /// The reply is complete.
    public readonly void Conclude(bool isError, ReadOnlySpan<byte> reply = default)
    {
        if (isError)
            End?.Hear(reply);
        if (Turn is null)
            Client?.Answered(this, isError);
        else if (Client is not null)
            Turn.End(this, isError);
    }
}
