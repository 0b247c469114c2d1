using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.PubSub;

/// A SUBSCRIBE, UNSUBSCRIBE or their like under way. The server confirms it name by name.
internal sealed class SubscriptionRequest(SubscriptionKind kind, bool isEnd, int names)
{
    private int _heard;
    private int _told;

    public SubscriptionKind Kind => kind;

    /// It ends subscriptions instead of beginning them.
    public bool IsEnd => isEnd;

    /// It ends all of its kind, however many they are.
    public bool IsForAll => isEnd && names == 0;

    public bool IsConfirmed => !IsForAll && _heard >= names;

    /// `arguments` stand at the command's name.
    public static SubscriptionRequest Of(RequestArguments arguments)
    {
        bool isEnd = arguments.Current.Length > "PSUBSCRIBE".Length || CommandTable.Is(arguments.Current, "UNSUBSCRIBE"u8);
        var kind = (char)(arguments.Current[0] & 0xDF) switch
        {
            'P' => SubscriptionKind.Pattern,
            'S' when !CommandTable.Is(arguments.Current, "SUBSCRIBE"u8) => SubscriptionKind.Shard,
            _ => SubscriptionKind.Channel,
        };
        return new SubscriptionRequest(kind, isEnd, arguments.Count - 1);
    }

    /// One more name is confirmed. False when the client heard of it before its connection was lost.
    public bool Confirm()
    {
        _heard++;
        if (!IsForAll && _heard <= _told)
            return false;
        _told++;
        return true;
    }

    /// What was confirmed already is confirmed once more.
    public void BeginAgain() => _heard = 0;
}
