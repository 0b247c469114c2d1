namespace Sidecar.Ambassador.Redis.PubSub;

/// Tells the replies on one connection from what the server says beside them, and hands the latter to the client whose connection it is.
internal sealed class Asides(UpstreamLink link, ClientSession? owner, Backlog backlog)
{
    private Utterance? _large;

    /// What answers a question of ours, or confirms a name, is looked at as a whole.
    public bool MayComeInParts =>
        backlog.Count > 0 ? backlog.Head is { Inquiry: null, Subscription: null } : link.Subscriptions is not null;

    private SubscriptionRequest? Awaited => backlog.Count > 0 ? backlog.Head.Subscription : null;

    /// Whom a part of a large one is for; its beginning says what it is.
    public ClientSession? ReceiverOf(ReadOnlySpan<byte> part, bool isPush)
    {
        _large ??= Understand(part, isPush);
        return _large == Utterance.Aside ? owner : backlog.Head.Client;
    }

    /// True for what is not the whole reply to a command. It is dealt with.
    public bool Take(ReadOnlySpan<byte> said, bool isPush)
    {
        var understood = _large ?? Understand(said, isPush);
        _large = null;
        if (understood == Utterance.Confirmation)
            Confirm(owner!, said);
        else if (understood == Utterance.Aside && owner is not null)
            link.Deliver(owner, said);
        return understood != Utterance.Reply;
    }

    /// The rest of it does not come.
    public void Lose() => _large = null;

    private void Confirm(ClientSession client, ReadOnlySpan<byte> said)
    {
        var awaited = Awaited!;
        bool isRenewal = backlog.Head.Client is null;
        if (link.Subscriptions!.Confirm(said, awaited) && !isRenewal)
            link.Deliver(client, said, backlog.Head.Turn);
        if (!link.Subscriptions.IsOver(awaited))
            return;
        var confirmed = backlog.TakeHead();
        if (!isRenewal)
            confirmed.Conclude(isError: false);
    }

    private Utterance Understand(ReadOnlySpan<byte> said, bool isPush) =>
        link.Subscriptions?.Understand(said, isPush, Awaited) ?? (isPush ? Utterance.Aside : Utterance.Reply);
}
