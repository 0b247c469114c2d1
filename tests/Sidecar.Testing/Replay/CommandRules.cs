using static Sidecar.Testing.Replay.WordPool;

namespace Sidecar.Testing.Replay;

/// What is known of single commands beyond what the server tells: which are not drawn, and which get arguments that are safe.
internal static class CommandRules
{
    /// Each with the reason why no stream holds it.
    public static readonly IReadOnlyDictionary<string, string> NotDrawn = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["shutdown"] = "ends the server",
        ["failover"] = "changes who is master",
        ["sync"] = "makes the connection a replica's: a dump of the data without end",
        ["psync"] = "makes the connection a replica's: a dump of the data without end",
        ["replconf"] = "belongs to replicas",
        ["bgsave"] = "answers by what another process does meanwhile",
        ["bgrewriteaof"] = "answers by what another process does meanwhile",
        ["script|debug"] = "answers by what else has arrived at that moment",
        ["pfselftest"] = "computes for seconds",
        ["monitor"] = "drawn in scenes of its own",
        ["client|reply"] = "drawn in scenes of its own",
    };

    // The words behind the name; null when the server's own description says it well enough.
    private static readonly Dictionary<string, Func<Random, string[]>> Arguments = new(StringComparer.Ordinal)
    {
        ["debug"] = random => Pick(random, ["JMAP", "SLEEP 0", "DIGEST", "DIGEST-VALUE s1 h1 none", "STRINGMATCH-LEN 10 a*", "HELP", "PROTOCOL string",
            "PROTOCOL integer", "PROTOCOL double", "PROTOCOL null", "PROTOCOL array", "PROTOCOL set", "PROTOCOL map", "PROTOCOL attrib",
            "PROTOCOL verbatim", "PROTOCOL true", "PROTOCOL false", "PROTOCOL bignum", "PROTOCOL nosuch", "NOSUCH", "LISTPACK h1", "ERROR MY%20words"]).Split(' '),
        ["replicaof"] = random => Pick(random, ["NO ONE", "NO", "NO ONE x"]).Split(' '),
        ["slaveof"] = random => Pick(random, ["NO ONE", "NO", "NO ONE x"]).Split(' '),
        ["config|set"] = random => Pick(random, ["maxmemory-samples 7", "hash-max-listpack-entries 4", "set-max-intset-entries 3", "lua-time-limit 4000",
            "notify-keyspace-events KEA", "notify-keyspace-events", "nosuch 1", "maxmemory-samples x", "port", "databases 3", "list-max-listpack-size -1",
            "maxmemory-samples 3 lua-time-limit 4001", "zset-max-listpack-entries 2", "appendfsync sometimes", "latency-tracking no"]).Split(' '),
        ["config|get"] = random => Pick(random, ["maxmemory*", "nosuch", "*entries", "save", "hz", "databases appendonly", "proto-max-bulk-len", "[", ""]).Split(' '),
        ["client|pause"] = random => Pick(random, ["0", "1", "1 WRITE", "1 ALL", "x", "-1", "1 NOSUCH"]).Split(' '),
        ["client|kill"] = random => Pick(random, ["ID 99999999", "1.2.3.4:5", "ADDR 1.2.3.4:5", "LADDR 1.2.3.4:5", "TYPE nosuch", "TYPE pubsub ID 1", "ID x", "USER nosuch", "SKIPME"]).Split(' '),
        ["client|list"] = random => Pick(random, ["", "TYPE pubsub", "TYPE normal", "TYPE nosuch", "ID 99999999", "ID x", "TYPE replica"]).Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ["client|unblock"] = random => Pick(random, ["99999999", "x", "99999999 ERROR", "99999999 NOSUCH"]).Split(' '),
        ["client|tracking"] = random => Pick(random, ["OFF", "ON REDIRECT 99999999", "ON NOSUCH", "x"]).Split(' '),
        ["client|setinfo"] = random => Pick(random, ["LIB-NAME app", "LIB-VER 1.2", "NOSUCH x"]).Split(' '),
        ["acl|setuser"] = random => Pick(random, ["u1", "u1 on >p1 +@all ~*", "u2 on nopass +get ~s*", "u1 off", "u2 reset", "u1 +nosuch", "u1 ~", "u2 resetkeys +@read &c*"]).Split(' '),
        ["acl|deluser"] = random => Pick(random, ["u1", "u2", "u1 u2", "none"]).Split(' '),
        ["acl|getuser"] = random => Pick(random, ["u1", "u2", "none"]).Split(' '),
        ["acl|dryrun"] = random => Pick(random, ["u1 GET s1", "u2 SET s1 v", "none GET s1", "u1 NOSUCH", "u2 GET"]).Split(' '),
        ["acl|genpass"] = random => Pick(random, ["", "5", "256", "0", "x", "5000"]).Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ["auth"] = random => Pick(random, ["x", "default x", "u1 p1", "u2 any", "u1 wrong", "none p"]).Split(' '),
        ["migrate"] = random => Pick(random, ["127.0.0.1 1 s1 0 10", "127.0.0.1 1 none 0 10", "x", "127.0.0.1 x s1 0 10", "127.0.0.1 1 s1 0 x"]).Split(' '),
        ["wait"] = random => Pick(random, ["0 1", "0 0", "x 1", "0 x", "1 -1", "2 10"]).Split(' '),
        ["module|load"] = random => Pick(random, ["/nosuch.so", "/nosuch.so a b"]).Split(' '),
        ["module|loadex"] = random => Pick(random, ["/nosuch.so", "/nosuch.so CONFIG a b", "/nosuch.so ARGS a"]).Split(' '),
        ["module|unload"] = _ => ["nosuch"],
        ["swapdb"] = random => Pick(random, ["0 1", "1 2", "0 0", "0 99", "x 0", "0 x"]).Split(' '),
        ["select"] = random => Pick(random, ["0", "0", "1", "2", "15", "16", "x", "-1", "01"]).Split(' '),
        ["hello"] = random => Pick(random, ["", "2", "3", "3", "4", "x", "3 SETNAME app", "2 AUTH u1 p1", "3 AUTH u1 wrong", "3 AUTH default x SETNAME a", "3 NOSUCH", "3 SETNAME a\u0001b"])
            .Replace('\u0001', '\n').Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ["spop"] = random => Pick(random, ["t1 1000", "t2 1000", "nothere", "s1 1000", "t1 0", "t1 -1", "t1 x"]).Split(' '),
        ["function|load"] = random => random.Next(2) == 0 ? [Pick(random, Libraries)] : ["REPLACE", Pick(random, Libraries)],
        ["function|restore"] = random => [ReplayWord.Last, .. random.Next(2) == 0 ? ["FLUSH"] : Array.Empty<string>()],
        ["restore"] = random => [KeyOf(random, "string"), Pick(random, Times), ReplayWord.Last, .. random.Next(2) == 0 ? ["REPLACE"] : Array.Empty<string>()],
        ["restore-asking"] = random => [KeyOf(random, "string"), "0", ReplayWord.Last, "REPLACE"],
        ["memory|doctor"] = _ => [],
        ["cluster|setslot"] = random => Pick(random, ["1 NODE x", "1"]).Split(' '),
        ["setbit"] = random => [KeyOf(random, "bitmap"), Pick(random, ["0", "7", "100", "8191", "-1", "x", "4294967296"]), Pick(random, ["0", "1", "2"])],
        ["setrange"] = random => [KeyOf(random, "string"), Pick(random, ["0", "3", "20", "1000", "-1", "x", "536870912"]), Pick(random, ["", "ab", "\0"])],
        ["xadd"] = random => [KeyOf(random, "stream"), Pick(random, StreamIds), Pick(random, ["f1", "f2"]), Value(random)],
        ["latency|doctor"] = _ => ["HELP"],
        ["lolwut"] = random => Pick(random, ["VERSION 3", "VERSION 99", "VERSION"]).Split(' '),
        ["slowlog|get"] = random => Pick(random, ["", "5", "-1", "x", "-2"]).Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ["object|freq"] = random => [KeyOf(random, "string")],
        ["pubsub|numsub"] = random => Pick(random, ["", "c1", "c1 c2 none"]).Split(' ', StringSplitOptions.RemoveEmptyEntries),
    };

    /// Broken arguments could mean something else that works: another address, another time, the default user.
    public static bool IsDelicate(string command) =>
        command is "debug" or "replicaof" or "slaveof" or "config|set" or "client|pause" or "client|kill" or "acl|setuser" or "migrate" or "wait" or "spop"
            or "setbit" or "setrange" or "acl|deluser" or "client|unblock" or "module|load" or "module|loadex" or "script|debug" or "xadd";

    public static string[]? ArgumentsOf(string command, Random random) => Arguments.TryGetValue(command, out var draw) ? draw(random) : null;
}
