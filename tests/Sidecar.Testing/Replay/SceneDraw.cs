using System.Globalization;
using static Sidecar.Testing.Replay.WordPool;

namespace Sidecar.Testing.Replay;

/// Draws what makes sense only in several steps, or between two connections: transactions, waiting, listening, being killed.
internal sealed class SceneDraw(Random random, Func<ReplayRequest> any)
{
    private static readonly string[] Faults =
    [
        "*1\r\n:4\r\n", "*abc\r\n", "*2\r\n$3\r\nGET\r\n$-1\r\n", "*2\r\n$3\r\nGET\r\n$x\r\n", "*3000000000\r\n", "*1\r\n$600000000\r\n", "get \"x\r\n", "get 'x\r\n",
        "*1\r\n$99999999999999999999\r\n", "*2\r\n$4\r\nECHO\r\n!3\r\nabc\r\n", "*99999999999999999999\r\n",
        "\0\r\n", "*1\0\r\n", "*-99999999999\r\n",
    ];

    public List<ReplayStep> Next(int one, int other) => random.Next(17) switch
    {
        0 or 1 => Transaction(one, other),
        2 => Watched(one, other),
        3 => Blocked(one, other),
        4 => Subscribed(one, other),
        5 => Tracked(one, other),
        6 => Silenced(one),
        7 => Monitored(one, other),
        8 => Killed(one, other),
        9 => Named(one),
        10 => Scripted(one),
        // What it answered before is lost when it takes a line for HTTP: so that line comes alone.
        11 => random.Next(8) == 0
            ? [new ReplayStep(one, [new ReplayRequest(["POST / HTTP/1.1\r\nHost: x\r\n\r\n"], ReplayForm.Raw)])]
            : [new ReplayStep(one, [any(), new ReplayRequest([Pick(random, Faults)], ReplayForm.Raw), any()])],
        // Half a request: what came behind it would be its other half.
        15 => [new ReplayStep(one, [any(), new ReplayRequest(["*1\r\n$4\r\nPI"], ReplayForm.Raw)]), new ReplayStep(one, [])],
        12 => Large(one),
        13 => Database(one),
        14 => Dumped(one),
        _ => Left(one),
    };

    private ReplayRequest[] Some(int most) => [.. Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => any())];

    private ReplayStep Say(int connection, params string[] words) => new(connection, [new ReplayRequest(words, random.Next(10) == 0 ? ReplayForm.Inline : ReplayForm.Frame)]);

    private List<ReplayStep> Transaction(int one, int other)
    {
        ReplayRequest end = ReplayRequest.Of(Pick(random, ["EXEC", "exec", "EXEC", "EXEC", "DISCARD", "EXEC x", "DISCARD x"]).Split(' '));
        ReplayRequest[] middle = Some(6);
        if (random.Next(4) == 0)
            middle = [.. middle, ReplayRequest.Of(Pick(random, ["MULTI", "WATCH s1", "UNWATCH", "SELECT 2", "SUBSCRIBE c1", "RESET", "QUIT", "BLPOP l3 0"]).Split(' '))];
        ReplayRequest[] all = [ReplayRequest.Of("MULTI"), .. middle, end, any()];
        return random.Next(2) == 0
            ? [new ReplayStep(one, all)]
            : [.. all.Select(request => new ReplayStep(one, [request])), new ReplayStep(other, Some(3))];
    }

    private List<ReplayStep> Watched(int one, int other) =>
    [
        Say(one, "WATCH", "s1", "n1"),
        random.Next(2) == 0 ? Say(other, "SET", "s1", Value(random)) : new ReplayStep(other, Some(2)),
        .. random.Next(3) == 0 ? [Say(one, Pick(random, ["UNWATCH", "UNWATCH x"]).Split(' '))] : Array.Empty<ReplayStep>(),
        new ReplayStep(one, [ReplayRequest.Of("MULTI"), .. Some(3), ReplayRequest.Of("EXEC")]),
        Say(one, "GET", "s1"),
    ];

    private List<ReplayStep> Blocked(int one, int other)
    {
        string[] call = Pick(random, ["BLPOP l1 l2 0", "BRPOP l3 0", "BLMOVE l1 l2 LEFT RIGHT 0", "BZPOPMIN z1 0", "BLMPOP 0 1 l1 LEFT", "XREAD BLOCK 0 STREAMS x1 $", "WAIT 5 0",
            "BRPOPLPUSH l1 l3 0", "BZMPOP 0 2 z1 z2 MAX COUNT 2"]).Split(' ');
        var end = random.Next(6) switch
        {
            0 => Say(other, "CLIENT", "UNBLOCK", ReplayWord.IdOf(one), "ERROR"),
            1 => Say(other, "CLIENT", "UNBLOCK", ReplayWord.IdOf(one)),
            2 => new ReplayStep(one, []),
            _ => ReplayStep.Of(other, ["RPUSH", "l1", "1", "2"], ["LPUSH", "l2", "3"], ["RPUSH", "l3", "4"], ["ZADD", "z1", "1", "m1"], ["XADD", "x1", "1000-1", "f", "v"]),
        };
        return [Say(one, call), new ReplayStep(one, Some(2)), new ReplayStep(other, Some(3)), end, Say(other, "FLUSHDB"), new ReplayStep(one, [])];
    }

    private List<ReplayStep> Subscribed(int one, int other) =>
    [
        .. random.Next(2) == 0 ? [Say(one, "HELLO", "3")] : Array.Empty<ReplayStep>(),
        Say(one, Pick(random, ["SUBSCRIBE c1 c2", "PSUBSCRIBE c* ?1", "SSUBSCRIBE c1", "SUBSCRIBE c1 c1", "SUBSCRIBE"]).Split(' ')),
        ReplayStep.Of(other, ["PUBLISH", "c1", Value(random)], ["SPUBLISH", "c1", "s"], ["PUBSUB", "NUMSUB", "c1", "c2"], ["PUBSUB", "NUMPAT"]),
        new ReplayStep(one, [ReplayRequest.Of("PING"), ReplayRequest.Of("PING", "x"), .. Some(2)]),
        Say(other, "PUBLISH", Pick(random, ["c1", "c2", "n1"]), "two"),
        Say(one, Pick(random, ["UNSUBSCRIBE", "UNSUBSCRIBE c1", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "RESET", "QUIT", "PSUBSCRIBE *", "PUNSUBSCRIBE none"]).Split(' ')),
        Say(other, "PUBLISH", "c1", "three"),
        new ReplayStep(one, Some(2)),
    ];

    private List<ReplayStep> Tracked(int one, int other)
    {
        bool redirects = random.Next(3) == 0;
        return
        [
            .. redirects ? [Say(other, "CLIENT", "ID"), Say(other, "SUBSCRIBE", "__redis__:invalidate")] : new[] { Say(one, "HELLO", "3") },
            // Not BCAST: it tells at once what happened in one turn of the server.
            Say(one, redirects
                ? ["CLIENT", "TRACKING", "ON", "REDIRECT", ReplayWord.IdOf(other)]
                : Pick(random, ["CLIENT TRACKING ON", "CLIENT TRACKING ON OPTIN", "CLIENT TRACKING ON NOLOOP"]).Split(' ')),
            ReplayStep.Of(one, ["CLIENT", "CACHING", "YES"], ["GET", "s1"], ["MGET", "s1", "s2", "n1"], ["CLIENT", "GETREDIR"], ["CLIENT", "TRACKINGINFO"]),
            Say(3 - ((one + other) % 2), "SET", "s1", Value(random)),
            Say(one, "SET", "s2", "own"),
            Say(redirects ? one : other, "FLUSHDB"),
            Say(one, "CLIENT", "TRACKING", "OFF"),
        ];
    }

    private List<ReplayStep> Silenced(int one)
    {
        ReplayRequest[] all =
        [
            ReplayRequest.Of("CLIENT", "REPLY", Pick(random, ["OFF", "SKIP", "off", "ON", "NOSUCH"])), .. Some(3),
            ReplayRequest.Of("CLIENT", "REPLY", "ON"), ReplayRequest.Of("PING"),
        ];
        return random.Next(2) == 0 ? [new ReplayStep(one, all)] : [new ReplayStep(one, all[..2]), new ReplayStep(one, all[2..])];
    }

    private List<ReplayStep> Monitored(int one, int other) =>
    [
        Say(one, "MONITOR"), new ReplayStep(other, Some(4)), Say(one, "GET", "s1"), Say(other, "EVAL", "return redis.call('GET',KEYS[1])", "1", "s1"),
        random.Next(2) == 0 ? Say(one, "RESET") : new ReplayStep(one, []),
    ];

    private List<ReplayStep> Killed(int one, int other)
    {
        string[] kill = random.Next(4) switch
        {
            0 => ["CLIENT", "KILL", "ID", ReplayWord.IdOf(one)],
            1 => ["CLIENT", "KILL", "ID", ReplayWord.IdOf(one), "SKIPME", "no"],
            2 => ["CLIENT", "KILL", "ID", ReplayWord.IdOf(one), "TYPE", Pick(random, ["normal", "pubsub"])],
            _ => ["CLIENT", "LIST", "ID", ReplayWord.IdOf(one)],
        };
        return [Say(one, "CLIENT", "ID"), new ReplayStep(other, Some(2)), Say(random.Next(4) == 0 ? one : other, kill), Say(one, "GET", "s1")];
    }

    private List<ReplayStep> Named(int one) =>
    [
        Say(one, "CLIENT", "SETNAME", Pick(random, ["app", "other", "a b", ""])),
        ReplayStep.Of(one, ["CLIENT", "GETNAME"], ["CLIENT", "INFO"], ["CLIENT", "LIST"], ["CLIENT", "NO-EVICT", Pick(random, ["ON", "OFF", "x"])]),
        ReplayStep.Of(one, ["HELLO", Pick(random, ["2", "3"]), "SETNAME", "second"], ["CLIENT", "GETNAME"], [Pick(random, ["RESET", "PING"])], ["CLIENT", "GETNAME"]),
    ];

    private List<ReplayStep> Scripted(int one)
    {
        string script = Pick(random, Scripts);
        return
        [
            ReplayStep.Of(one, ["SCRIPT", "LOAD", script], ["SCRIPT", "EXISTS", Hashes[Array.IndexOf(Scripts, script)], "x"], ["EVALSHA", Hashes[Array.IndexOf(Scripts, script)], "1", "s1", "v"],
                ["EVAL", script, "1", "l1", "v"], ["EVAL_RO", script, "1", "s1"], ["SCRIPT", "FLUSH"], ["EVALSHA", Hashes[Array.IndexOf(Scripts, script)], "0"]),
            ReplayStep.Of(one, ["FUNCTION", "LOAD", "REPLACE", Pick(random, Libraries)], ["FCALL", "f1", "0", "arg"], ["FCALL", "f2", "1", "n1"], ["FCALL_RO", "f3", "1", "s1"], ["FUNCTION", "LIST"],
                ["FUNCTION", "DUMP"], ["FUNCTION", "FLUSH"]),
        ];
    }

    private List<ReplayStep> Large(int one)
    {
        string value = new((char)random.Next(256), random.Next(60_000, 400_000));
        return
        [
            new ReplayStep(one, [any(), ReplayRequest.Of(Pick(random, ["SET s1", "APPEND s1", "RPUSH l1", "ECHO", "NOSUCH", "CLIENT SETNAME", "PUBLISH c1", "SELECT", "SADD t1", "EXEC", "GET s1"]).Split(' ').Append(value).ToArray()), .. Some(2)],
                random.Next(3) == 0 ? random.Next(1_000, 70_000) : 0),
            ReplayStep.Of(one, ["GET", "s1"], ["MULTI"], ["SET", "s2", value], ["GET", "s2"], ["EXEC"], ["STRLEN", "s2"]),
        ];
    }

    private List<ReplayStep> Database(int one)
    {
        string number = random.Next(0, 17).ToString(CultureInfo.InvariantCulture);
        return [new ReplayStep(one, [ReplayRequest.Of("SELECT", number), .. Some(4)]), Say(one, "DBSIZE"), new ReplayStep(one, [.. Some(2), ReplayRequest.Of(Pick(random, ["SELECT 0", "SELECT 0 1", "SELECT 00"]).Split(' ')), .. Some(2)])];
    }

    private List<ReplayStep> Dumped(int one)
    {
        string key = KeyOf(random, Pick(random, ["string", "list", "sorted-set", "stream", "set", "hash"]));
        return [new ReplayStep(one, Some(2)), Say(one, "DUMP", key), Say(one, "RESTORE", "copy", Pick(random, ["0", "100000", "-1"]), ReplayWord.Last, "REPLACE"), ReplayStep.Of(one, ["TYPE", "copy"], ["OBJECT", "ENCODING", "copy"], ["PTTL", "copy"])];
    }

    private List<ReplayStep> Left(int one) => [new ReplayStep(one, Some(3)), random.Next(2) == 0 ? new ReplayStep(one, []) : Say(one, Pick(random, ["QUIT", "RESET", "QUIT x"]).Split(' ')), new ReplayStep(one, Some(2))];
}
