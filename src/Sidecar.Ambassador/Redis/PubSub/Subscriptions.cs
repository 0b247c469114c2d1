using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.PubSub;

/// What one client is subscribed to, as far as the server has confirmed it, so that it is subscribed again on a new connection; and
/// what tells messages from replies, which look alike in RESP2.
internal sealed class Subscriptions
{
    private static readonly string[] Commands = ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"];

    private readonly HashSet<string>[] _names = [[], [], []];

    public int Count => _names[0].Count + _names[1].Count + _names[2].Count;

    /// What a new connection has to hear before anything else. Nobody is told of the answers.
    public IEnumerable<(PendingReply Pending, byte[] Frame)> Renewals(long now) => _names
        .Select((names, kind) => (names, kind))
        .Where(some => some.names.Count > 0)
        .Select(some => (
            new PendingReply { Subscription = new SubscriptionRequest((SubscriptionKind)some.kind, isEnd: false, some.names.Count), Since = now },
            RequestWriter.Encode([Encoding.ASCII.GetBytes(Commands[some.kind]), .. some.names.Select(Encoding.Latin1.GetBytes)])));

    /// `said` is a whole frame, or the beginning of a large one; `awaited` is the request that is to be answered next, if it is one of ours.
    public Utterance Understand(ReadOnlySpan<byte> said, bool isPush, SubscriptionRequest? awaited)
    {
        // In RESP2 only a PING is answered by an array while there are subscriptions.
        bool mayBeAside = isPush || (said[0] == '*' && (awaited is not null || Count > 0));
        if (!mayBeAside)
            return Utterance.Reply;
        if (awaited is not null && IsConfirmation(said))
            return Utterance.Confirmation;
        return isPush || IsMessage(said) || IsConfirmation(said) ? Utterance.Aside : Utterance.Reply;
    }

    /// Takes note of one name. False when the client knows it already.
    public bool Confirm(ReadOnlySpan<byte> said, SubscriptionRequest awaited)
    {
        _ = FirstWord(ref said);
        var names = _names[(int)awaited.Kind];
        if (BulkWord.TryRead(ref said, out var name))
        {
            if (awaited.IsEnd)
                names.Remove(Encoding.Latin1.GetString(name));
            else
                names.Add(Encoding.Latin1.GetString(name));
        }
        return awaited.Confirm();
    }

    public bool IsOver(SubscriptionRequest request) => request.IsForAll ? _names[(int)request.Kind].Count == 0 : request.IsConfirmed;

    private static bool IsMessage(ReadOnlySpan<byte> said)
    {
        var word = FirstWord(ref said);
        return word.SequenceEqual("message"u8) || word.SequenceEqual("pmessage"u8) || word.SequenceEqual("smessage"u8);
    }

    private static bool IsConfirmation(ReadOnlySpan<byte> said)
    {
        var word = FirstWord(ref said);
        // subscribe, psubscribe, ssubscribe, unsubscribe, punsubscribe, sunsubscribe.
        return word.Length is >= 9 and <= 12 && word.EndsWith("subscribe"u8);
    }

    private static ReadOnlySpan<byte> FirstWord(ref ReadOnlySpan<byte> said)
    {
        said = said[Math.Min(said.IndexOf((byte)'\n') + 1, said.Length)..];
        return BulkWord.TryRead(ref said, out var word) ? word : default;
    }
}
