namespace Sidecar.Testing.Replay;

/// Makes a stream one for a cluster of one master: half of them with all keys in one slot, so that commands of many keys are executed, half with keys
/// in many. What the ambassador splits on purpose is left with one key there: the server would refuse what the ambassador does.
internal static class ClusterStream
{
    private const string Tag = "{g}";

    // They would tear the cluster apart, or answer by what the bus has said so far.
    private static readonly string[] NotDrawn =
    [
        "cluster|addslots", "cluster|addslotsrange", "cluster|bumpepoch", "cluster|delslots", "cluster|delslotsrange", "cluster|failover", "cluster|flushslots",
        "cluster|forget", "cluster|meet", "cluster|replicate", "cluster|reset", "cluster|saveconfig", "cluster|set-config-epoch", "cluster|setslot",
    ];

    // The ambassador answers some and tells no node, or tells it later: CLIENT INFO and MONITOR would show that.
    private static readonly string[] Unseen = ["readonly", "readwrite", "asking", "monitor"];

    public static List<ReplayStep> Adapt(List<ReplayStep> stream, int seed) =>
        stream.ConvertAll(step => step with { Requests = [.. step.Requests.Select(request => Adapt(request, isOneSlot: seed % 2 == 0))] });

    public static bool IsLeftOut(ReplayRequest request) => NotDrawn.Contains(request.Names.Two) || Unseen.Contains(request.Names.One);

    public static bool IsKey(string word) => word.Length > 0 && WordPool.IsKey(word);

    public static string WithTag(string word, string tag) => word.Replace("{", "", StringComparison.Ordinal) + tag;

    /// The server refuses what the ambassador would split.
    public static ReplayRequest WithOneKey(ReplayRequest request) =>
        KeyByKey.Commands.Contains(request.Names.One) && request.Form != ReplayForm.Raw
            ? request with { Words = [.. request.Words.Take(request.Names.One == "mset" ? 3 : 2)] }
            : request;

    private static ReplayRequest Adapt(ReplayRequest request, bool isOneSlot)
    {
        if (IsLeftOut(request))
            return ReplayRequest.Of("PING");
        if (request.Form == ReplayForm.Raw)
            return request;
        if (!isOneSlot)
            return WithOneKey(request);
        bool isSplit = KeyByKey.Commands.Contains(request.Names.One);
        return request with { Words = [.. request.Words.Select((word, i) => IsKey(word) || (isSplit && i > 0) ? WithTag(word, Tag) : word)] };
    }
}
