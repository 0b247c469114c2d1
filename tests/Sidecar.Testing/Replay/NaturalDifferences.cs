using System.Text.RegularExpressions;

namespace Sidecar.Testing.Replay;

/// What two equal servers, told the same, may answer differently: times, numbers and addresses of connections, memory, random picks,
/// and the order of what has none. Each rule says what is left to be compared.
internal static partial class NaturalDifferences
{
    private const string Scans = "scan sscan hscan zscan";

    private static readonly Dictionary<string, (string Reason, Func<ReplyTree, string> Left)> Rules = Build(
    [
        ("a set has no order, and each server stirs its own", Sorted,
            "smembers sdiff sunion sinter hkeys hvals keys pubsub|channels pubsub|shardchannels sort sort_ro function|list function|stats command|list command command|docs command|info " +
            "acl|cat acl|list acl|users acl|getuser module|list latency|latest xread unsubscribe punsubscribe sunsubscribe"),
        ("a hash has no order, and each server stirs its own", SortedPairs, "hgetall config|get"),
        ("the place in a table that has no order", Shape, Scans),
        ("a random pick", Shape, "randomkey srandmember hrandfield zrandmember spop lolwut acl|genpass"),
        ("a time that passes", Number, "ttl pttl expiretime pexpiretime object|idletime lastsave time xinfo|consumers xinfo|stream xpending"),
        ("a key is counted until it is found to have expired", Number, "dbsize"),
        ("a replica acknowledges when it does", Number, "wait"),
        ("memory is laid out as it happens", Number, "memory|usage memory|purge object|freq"),
        ("numbers and addresses of connections", Masked, "client|id client|info client|list hello acl|log client|getredir client|trackinginfo"),
        ("numbers, addresses and memory of the server", Lines, "info memory|doctor memory|malloc-stats memory|stats debug latency|histogram slowlog|get role"),
        ("the cluster's nodes have names, addresses and times of their own", Lines, "cluster|info cluster|nodes cluster|slots cluster|shards cluster|myid cluster|links cluster|replicas cluster|slaves"),
        ("the bytes stand in the order of a table that has none", Length, "dump function|dump"),
    ]);

    private static readonly string[] MonitoredByOthers = ["PING", "INFO", "CLUSTER", "ROLE", "HELLO", "SELECT", "AUTH", "CLIENT", "COMMAND", "REPLCONF", "PUBLISH", "QUIT", "RESET"];

    public static IEnumerable<string> Reasons => Rules.Values.Select(rule => rule.Reason).Distinct();

    /// MONITOR shows what the replayer and the ambassador say on their own account, and not what the ambassador answers itself.
    public static bool IsNoise(string frame) =>
        frame.Contains("__sentinel__:hello", StringComparison.Ordinal) && frame.Contains("message", StringComparison.Ordinal)
        || MonitorLine().Match(frame) is { Success: true } line && MonitoredByOthers.Contains(line.Groups["command"].Value, StringComparer.OrdinalIgnoreCase);

    /// The reason why these two are as good as equal, or null when they are not.
    public static string? Explain(ReplayRequest request, ReplyTree expected, ReplyTree actual)
    {
        if (expected.Kind == '+' && MonitorLine().IsMatch(expected.ToString()))
            return Monitored(expected) == Monitored(actual) ? "the time and the address that MONITOR shows" : null;
        if (IsPatternMessage(expected) && IsPatternMessage(actual))
            return string.Join(' ', expected.Items.Skip(2)) == string.Join(' ', actual.Items.Skip(2)) ? "who listens by several patterns hears of each in no order" : null;
        if (expected.IsError || actual.IsError)
            return null;
        if (!Rules.TryGetValue(request.Names.One, out var rule) && !Rules.TryGetValue(request.Names.Two, out rule))
            return null;
        if (request.Names.One.EndsWith("unsubscribe", StringComparison.Ordinal) && request.Words.Count == 1)
            return WithoutChannel(expected) == WithoutChannel(actual) ? rule.Reason : null;
        // Walked from the first place to the last at once, both hold the same.
        bool isWhole = Scans.Contains(request.Names.One, StringComparison.Ordinal) && expected.Items.Concat(actual.Items).All(item => item.IsAggregate || item.Text == "0") && request.Words.Contains("0");
        var left = isWhole ? Sorted : rule.Left;
        return left(expected) == left(actual) ? rule.Reason : null;
    }

    /// The replies of a transaction, each by the rule of its own command.
    public static string? ExplainAll(IReadOnlyList<ReplayRequest> queued, ReplyTree expected, ReplyTree actual)
    {
        if (!expected.IsAggregate || expected.Items.Count != actual.Items.Count || expected.Items.Count != queued.Count)
            return null;
        string? reason = null;
        for (int i = 0; i < queued.Count; i++)
        {
            if (expected.Items[i].ToString() != actual.Items[i].ToString() && (reason = Explain(queued[i], expected.Items[i], actual.Items[i])) is null)
                return null;
        }
        return reason;
    }

    private static Dictionary<string, (string, Func<ReplyTree, string>)> Build((string Reason, Func<ReplyTree, string> Left, string Commands)[] rules) =>
        rules.SelectMany(rule => rule.Commands.Split(' '), (rule, command) => (command, rule)).ToDictionary(pair => pair.command, pair => (pair.rule.Reason, pair.rule.Left), StringComparer.Ordinal);

    private static string Sorted(ReplyTree reply) =>
        reply.IsAggregate ? $"{reply.Kind}[{string.Join(", ", reply.Items.Select(Sorted).Order(StringComparer.Ordinal))}]" : reply.ToString();

    // Where a server listens and where it keeps its files are its own.
    private static string SortedPairs(ReplyTree reply) => string.Join(", ", reply.Items.Chunk(2).Where(pair => pair[0].Text is not ("port" or "cluster-port" or "dir")).Select(pair => string.Join('=', pair.Select(item => item.ToString()))).Order(StringComparer.Ordinal));

    private static bool IsPatternMessage(ReplyTree reply) => reply.Items is [{ Text: "pmessage" }, _, _, _];

    private static string WithoutChannel(ReplyTree message) => message.Items.Count == 3 ? $"{message.Kind}{message.Items[0]}{message.Items[2]}" : message.ToString();

    private static string Shape(ReplyTree reply) => reply.IsAggregate ? $"{reply.Kind}" : reply.Kind == '_' ? "_" : "value";

    private static string Number(ReplyTree reply) => reply.IsAggregate
        ? $"{reply.Kind}[{string.Join(", ", reply.Items.Select(Number))}]"
        : reply.Text.Length > 0 && reply.Text.All(char.IsAsciiDigit) ? reply.Kind + "#" : reply.ToString();

    private static string Masked(ReplyTree reply)
    {
        if (reply.IsAggregate)
            return $"{reply.Kind}[{string.Join(", ", reply.Items.Select(Masked))}]";
        if (reply.Kind == ':')
            return ":#";
        if (double.TryParse(reply.Text, System.Globalization.CultureInfo.InvariantCulture, out _))
            return "#";
        // RESP3 says first what kind of text it is.
        string text = reply.Kind == '=' ? reply.Text[4..] : reply.Text;
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // A list shows those who share a connection as one, and the watchers of the server too: who has a name of its own is compared.
        var compared = lines.Where(line => !line.Contains(" name=sentinel", StringComparison.Ordinal) && (lines.Length == 1 || !line.Contains(" name= ", StringComparison.Ordinal)));
        return string.Join('\n', compared.Select(line => ConnectionFields().Replace(line, "$1=#")).Order(StringComparer.Ordinal));
    }

    private static string Lines(ReplyTree reply) => reply.Kind is '$' or '=' ? $"{reply.Kind}text" : reply.IsAggregate ? $"{reply.Kind}" : reply.Kind.ToString();

    private static string Length(ReplyTree reply) => $"{reply.Kind}{reply.Text.Length}";

    private static string Monitored(ReplyTree reply) => MonitorLine().Replace(reply.ToString(), "+# [${db} #] \"${command}\"");

    [GeneratedRegex("^\\+\\d+\\.\\d+ \\[(?<db>\\d+) [^]]*\\] \"(?<command>[^\"]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex MonitorLine();

    [GeneratedRegex("\\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem|events|redir)=[^ ]*", RegexOptions.CultureInvariant)]
    private static partial Regex ConnectionFields();
}
