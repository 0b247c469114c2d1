namespace Sidecar.Testing.Replay;

/// Makes a stream one for a cluster of three masters that is compared with a cluster of one: every request has the same answer in both
/// as long as it is about keys, so a stream is left as it was drawn but for what asks or changes one node alone, as the ambassador's
/// page says. Of three streams one has all keys in a slot of the first node, where what has no key goes, too; one in a slot of
/// another node; and one in the slots in which they fall, so that commands meet several nodes in one pipeline.
internal static class ScatteredStream
{
    private const int FirstOfOthers = 16384 / 3;

    private static readonly string AtHome = Tag(slot => slot < FirstOfOthers);
    private static readonly string Away = Tag(slot => slot > FirstOfOthers);

    // Users and settings are not made on the other nodes; what is tracked is refused; a silenced connection is one to one node; a
    // script exists that is on all.
    private static readonly string[] OfOneNode = ["acl|setuser", "client|tracking", "client|reply", "client|list", "config|set", "config|resetstat", "script|exists"];

    // Inside a transaction they are for its node.
    private static readonly string[] OfAllNodes = ["acl", "pubsub", "dbsize", "keys", "randomkey", "scan", "flushall", "flushdb", "script", "function"];

    // Where keys are elsewhere, these see or change a node that has none of them.
    private static readonly string[] OfHome =
    [
        "client|kill", "client|unblock", "pubsub|shardchannels", "pubsub|shardnumsub",
        "cluster|countkeysinslot", "cluster|getkeysinslot",
    ];

    private static readonly string[] Sharded = ["ssubscribe", "sunsubscribe", "spublish"];

    private static readonly string[] Subscribing = ["subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"];

    public static List<ReplayStep> Adapt(List<ReplayStep> stream, int seed)
    {
        // Who subscribes inside a transaction has a connection to one node from there on.
        var transacting = Saying(stream, ["multi"]);
        // What a client is, and whether it waits, only the node knows that it does so at, and that is the one of its slot.
        var listening = Saying(stream, ["ssubscribe"]);
        bool isWaiting = Saying(stream, ["wait", "waitaof"]).Count > 0;
        bool IsOfOne(ReplayStep step, ReplayRequest request) =>
            (transacting.Contains(step.Connection) && (Subscribing.Contains(request.Names.One) || OfAllNodes.Contains(request.Names.One)))
            || (listening.Contains(step.Connection) && request.Names.Two == "client|info")
            || (isWaiting && request.Names.Two == "client|unblock");
        var kept = stream.ConvertAll(step => step with { Requests = [.. step.Requests.Select(request => IsKept(request, seed) && !IsOfOne(step, request) ? request : ReplayRequest.Of("PING"))] });
        if (seed % 3 < 2)
            return kept.ConvertAll(step => step with { Requests = [.. step.Requests.Select(request => WithTag(request, seed % 3 == 0 ? AtHome : Away))] });
        // A script stands for what is split, and is refused where the command would be queued or refused for another reason.
        var strict = Saying(kept, [.. Subscribing, "multi"]);
        return kept.ConvertAll(step => !strict.Contains(step.Connection) ? step : step with { Requests = [.. step.Requests.Select(ClusterStream.WithOneKey)] });
    }

    private static HashSet<int> Saying(List<ReplayStep> stream, string[] names) =>
        stream.Where(step => step.Requests.Any(request => names.Contains(request.Names.One))).Select(step => step.Connection).ToHashSet();

    private static bool IsKept(ReplayRequest request, int seed)
    {
        var (one, two) = request.Names;
        // What is watched makes a transaction one for its slot.
        if (ClusterStream.IsLeftOut(request) || OfOneNode.Contains(two) || one == "watch" || (one == "hello" && MayFailBehindName(request)))
            return false;
        return (seed % 3) switch
        {
            0 => true,
            // Both kinds of subscriptions would be on two nodes.
            1 => !OfHome.Contains(two) && one != "debug" && (seed % 2 == 0 ? one is not ("ssubscribe" or "sunsubscribe") : one is not ("subscribe" or "psubscribe" or "unsubscribe" or "punsubscribe")),
            _ => !OfHome.Contains(two) && one is not ("debug" or "ssubscribe" or "sunsubscribe"),
        };
    }

    // The server that it came to has taken the name by then, and the others do not hear of it.
    private static bool MayFailBehindName(ReplayRequest request)
    {
        for (int i = 2; i < request.Words.Count;)
        {
            int left = request.Words.Count - i;
            string option = request.Words[i].ToLowerInvariant();
            if ((option, left) is ("setname", > 1))
                i += 2;
            else if ((option, left) is ("auth", > 2) && request.Words[i + 1] == "default")
                i += 3;
            else
                return request.Words.Skip(2).Any(word => word.Equals("setname", StringComparison.OrdinalIgnoreCase));
        }
        return false;
    }

    private static ReplayRequest WithTag(ReplayRequest request, string tag)
    {
        if (request.Form == ReplayForm.Raw)
            return request;
        bool isSharded = Sharded.Contains(request.Names.One) || request.Names.Two == "pubsub|shardnumsub";
        bool isAll = isSharded || KeyByKey.Commands.Contains(request.Names.One);
        int from = request.Names.One == "pubsub" ? 2 : 1;
        return request with { Words = [.. request.Words.Select((word, i) => ClusterStream.IsKey(word) || (isAll && i >= from) ? ClusterStream.WithTag(word, tag) : word)] };
    }

    private static string Tag(Func<int, bool> isThere) => Enumerable.Range(0, 100).Select(number => $"{{{number}}}").First(tag => isThere(SlotOf.Key(tag)));
}
