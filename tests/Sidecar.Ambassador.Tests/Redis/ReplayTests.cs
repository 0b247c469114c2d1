using Sidecar.Ambassador.Redis;
using Sidecar.Testing.Replay;

namespace Sidecar.Ambassador.Tests.Redis;

/// The short form of bench/redis-replay: what is drawn from the server's own list of commands is answered the same, byte for byte,
/// directly and through the ambassador.
public sealed class ReplayTests
{
    private const int Requests = 3_000;

    // Streams that once were answered differently, and what is too dependent on the moment to be drawn.
    private static readonly string[][] Streams =
    [
        ["0: MULTI ; DISCARD x ; ZREVRANGEBYSCORE -inf x LIMIT 1 1000 ; EXEC"],
        ["0: MULTI ; UNWATCH x ; EXEC ; WATCH s1 ; UNWATCH x", "1: SET s1 v", "0: MULTI ; GET s1 ; EXEC"],
        ["0: MULTI ; SET s1 1 ; EXEC ; MULTI ; SET s1 2", "0: SET s1 3 ; EXEC ; GET s1"],
        ["0: SELECT 3 ; SELECT 0 ; SELECT 4", "0: SET s1 four", "1: GET s1 ; SELECT 4 ; GET s1"],
        ["0: RESET x ; SELECT 3 ; RESET ; CLIENT GETNAME ; SET s1 v", "1: GET s1"],
        ["0: ! \"\\x00\\r\\n\" ; ~ MGET n2", "1: PING"],
        ["0: PING ; ! \"*1\\x00\\r\\n\" ; PING", "1: PING"],
        ["3: RESET", "3: BLMPOP 0 1 l1 LEFT", "0: CLIENT UNBLOCK {id:3} ERROR", "3: PING"],
        ["0: BZPOPMIN z1 0", "0: PING ; GET s1", "0: ", "1: ZADD z1 1 m ; ZCARD z1"],
        ["0: HELLO 3 ; CLIENT TRACKING ON BCAST PREFIX s", "1: SET s1 v", "1: SET x v", "1: FLUSHDB", "0: CLIENT TRACKING OFF ; PING"],
        ["0: MULTI", "0: WAIT 0 10", "0: EXEC"],
        ["0: CLIENT SETNAME <61*100000>", "0: STRLEN s1 ; CLIENT INFO", "1: CLIENT LIST"],
        ["0: WAIT 5 0", "0: QUIT", "0: ", "1: PING"],
        ["0: BLPOP l9 0", "0: QUIT", "0: ", "1: RPUSH l9 v ; LLEN l9"],
        ["0: SCRIPT DEBUG NO", "0: SCRIPT DEBUG x", "0: PING"],
        ["1: HELLO 3 ; PING", "0: HELLO 3 NOSUCH ; GET none"],
        ["0: PSUBSCRIBE c* none*", "0: ! \"POST / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"", "1: PUBSUB NUMPAT"],
        ["1: HELLO 3 ; PING", "0: BRPOP l2 0.01", "0: HELLO 3", "0: SUBSCRIBE c1 c1", "1: PUBLISH c1 v"],
    ];

    private static readonly string[][] ClusterStreams =
    [
        ["1: WATCH", "2: CLIENT KILL ID {id:1} SKIPME no"],
        ["2: MULTI", "2: SUNSUBSCRIBE"],
        ["3: MULTI ; SUBSCRIBE c3"],
        ["0: ~ SUBSCRIBE c3 ; GET s1"],
        ["2: EVALSHA c11709b313c603a8c28c1538843df9b80d9e279d 1 s2 ; Script Load \"return {1,2,{'a',false}}\""],
        ["0: MSET n1{g} 1{g} n2{g} 0{g} 1.5.5{g}"],
    ];

    private static readonly string[][] ScatteredStreams =
    [
        ["2: Client Info", "2: ZRANGESTORE h2{0} z3{0} [m1 5 BYLEX ; TTL z3{0} ; CLIENT SETNAME app"],
        ["0: BZPOPMIN z1 0", "0: SETEX s3 100000 v ; DBSIZE ; GET s3", "1: GET s3 ; ZADD z1 1 m", "1: GET s3"],
        ["1: MULTI ; EXEC x ; Watch t1{0}", "1: GET t1{0}"],
        ["1: EVAL \"redis.setresp(3); return {double=1.5}\" 3 a b c", "1: EVALSHA bdbe7ac5751b543950f6c4f926e3d62722b56dfc 1 z2 m3"],
        ["3: MULTI x", "3: HELLO 3 SETNAME second", "3: SUNION s1 ; SUNION s2 ; SUNION s3"],
        ["2: MULTI ; CLIENT NO-EVICT ON ; WATCH s1{0} ; SET s1{0} v ; EXEC ; MULTI ; WATCH s1 ; EXEC"],
        ["0: MULTI ; Multi ; Setbit b2 4294967296 1 ; GEORADIUS_RO g2 2.35 0 -1 MI ; exec", "1: MULTI ; PING ; SET s1 1 ; GET s2 ; GET s3 ; GET n1 ; EXEC ; MULTI ; PING ; SET s1 ; GET s2 ; GET s3 ; EXEC"],
        ["3: HELLO 3 ; CLIENT INFO ; GET s1 ; GET s2 ; GET s3 ; RESET ; GET s1 ; GET s2 ; GET s3 ; BZMPOP 0.01 1 z1 MIN"],
        ["3: PSUBSCRIBE c*", "3: EXPIRETIME p2 ; OBJECT ENCODING -1 ; PING"],
        ["1: MULTI ; WAIT 0 0 ; pfadd p1 ; hvals h2 ; Geosearchstore ; exec", "1: MULTI ; WAIT 0 0 ; pfadd p1 ; Geosearchstore ; hvals h2 ; exec ; MULTI ; WAIT 0 0 ; GET s1 ; GET s2 ; DISCARD x ; EXEC"],
        ["0: MULTI ; LCS s1 s1 LEN IDX ; BRPOPLPUSH l3 l2 0.01 ; SINTERSTORE t3 t3 ; exec"],
        ["1: MULTI ; SET s1 ; GET n1 ; SET s2 v ; EXEC ; MULTI ; SET s1 1 ; GET n1 ; SET s2 ; EXEC ; MULTI ; SET s1 1 ; GET n1 ; EXEC x ; EXEC"],
        ["1: eval_ro \"return redis.pcall('INCR',KEYS[1])\" abc 1 x1{0}", "2: EVALSHA_RO d9760cad9f374865f94f00c5f28c40d51ff16b4d 1 h2{0}"],
        ["0: MULTI ; CLIENT SETNAME \"x\\n\" ; EXEC", "0: GET s1 ; GET s2 ; GET s3"],
        ["1: EVAL \"this is no lua\" 1 l1{0} v ; EVALSHA ba441c2266862df3fa98c95f8b78ce150afee1bc 0"],
        ["1: EVAL \"this is no lua\" 0 ; SCRIPT LOAD \"this is no lua\"", "1: EVALSHA ba441c2266862df3fa98c95f8b78ce150afee1bc 1 s1"],
        ["2: EVAL_RO \"return 1\" 1 l1{0}", "1: FUNCTION FLUSH", "0: EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 s1 ; EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 s2 ; EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 s3"],
        ["2: SSUBSCRIBE c3{0} *{0} ; SUNSUBSCRIBE", "2: SUNSUBSCRIBE ; SSUBSCRIBE c3{0} ; SUNSUBSCRIBE c3{0} ; SSUBSCRIBE c3{1} ; SUNSUBSCRIBE"],
        ["3: MULTI ; XREADGROUP GROUP w2 bob COUNT 1000 NOACK STREAMS x2 1-1 $ ; SET s1 nan NX GET ; EXEC"],
    ];

    public static TheoryData<int> Kept => [.. Enumerable.Range(0, Streams.Length)];

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task Whatever_is_drawn_is_answered_as_a_server_of_its_own_answers_it(int seed)
    {
        await using var servers = await ReplayServers.StartStandaloneAsync();
        await using var route = RunningRedisRoute.To(servers.Behind, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);
        var told = new List<string>();

        bool isSame = new ReplayRun(replayer, seed, told.Add).Run(Requests, mostDifferences: 1, limit: TimeSpan.FromSeconds(60));

        Assert.True(isSame, string.Join('\n', told));
        Assert.InRange(replayer.Coverage.Replies, Requests / 2, long.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine(replayer.Coverage.ToString());
    }

    [Fact]
    public async Task Whatever_is_drawn_is_answered_as_a_watched_master_answers_it()
    {
        await using var servers = await ReplayServers.StartSentinelAsync();
        await using var route = RunningRedisRoute.To(servers.Sentinels, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);
        var told = new List<string>();

        bool isSame = new ReplayRun(replayer, seed: 2_000_000, told.Add).Run(Requests / 2, mostDifferences: 1, limit: TimeSpan.FromSeconds(60));

        Assert.True(isSame, string.Join('\n', told));
        Assert.InRange(replayer.Coverage.Replies, Requests / 4, long.MaxValue);
    }

    [Fact]
    public async Task Whatever_is_drawn_is_answered_as_a_cluster_of_one_answers_it()
    {
        await using var servers = await ReplayServers.StartClusterOfOneAsync();
        await using var route = RunningRedisRoute.ToClusterOf(servers.Behind, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);
        var told = new List<string>();

        bool isSame = new ReplayRun(replayer, seed: 3_000_000, told.Add, servers.Adapt).Run(Requests, mostDifferences: 1, limit: TimeSpan.FromSeconds(60));

        Assert.True(isSame, string.Join('\n', told));
        Assert.InRange(replayer.Coverage.Replies, Requests / 2, long.MaxValue);
    }

    [Fact]
    public async Task Whatever_is_drawn_is_answered_by_three_masters_as_by_one_that_has_all_slots()
    {
        await using var servers = await ReplayServers.StartClusterAsync();
        await using var route = RunningRedisRoute.ToClusterOf(servers.Behind, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);
        var told = new List<string>();

        bool isSame = new ReplayRun(replayer, seed: 4_000_000, told.Add, servers.Adapt).Run(Requests, mostDifferences: 1, limit: TimeSpan.FromSeconds(60));

        Assert.True(isSame, string.Join('\n', told));
        Assert.InRange(replayer.Coverage.Replies, Requests / 2, long.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task A_stream_that_once_was_answered_differently_is_answered_the_same(int number)
    {
        await using var servers = await ReplayServers.StartStandaloneAsync();
        await using var route = RunningRedisRoute.To(servers.Behind, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);

        Assert.Null(replayer.Play([.. Streams[number].Select(ReplayStep.Parse)]));
    }

    [Fact]
    public async Task A_stream_that_a_cluster_once_answered_differently_is_answered_the_same()
    {
        await using var servers = await ReplayServers.StartClusterOfOneAsync();
        await using var route = RunningRedisRoute.ToClusterOf(servers.Behind, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);

        Assert.All(ClusterStreams, stream => Assert.Null(replayer.Play([.. stream.Select(ReplayStep.Parse)])));
    }

    [Fact]
    public async Task A_stream_that_three_masters_once_answered_differently_is_answered_the_same()
    {
        await using var servers = await ReplayServers.StartClusterAsync();
        await using var route = RunningRedisRoute.ToClusterOf(servers.Behind, new RedisOptions());
        using var replayer = new Replayer(servers, route.Port);

        Assert.All(ScatteredStreams, stream => Assert.Null(replayer.Play([.. stream.Select(ReplayStep.Parse)])));
    }

    [Fact]
    public async Task A_difference_is_found_and_shown_as_the_shortest_stream_that_has_it()
    {
        await using var servers = await ReplayServers.StartStandaloneAsync();
        await using var route = RunningRedisRoute.To(servers.Behind, new RedisOptions(), database: 1);
        using var replayer = new Replayer(servers, route.Port);
        var told = new List<string>();

        bool isSame = new ReplayRun(replayer, seed: 1, told.Add).Run(Requests, mostDifferences: 1, limit: TimeSpan.FromSeconds(60));

        Assert.False(isSame);
        Assert.Contains("directly:", told[^1], StringComparison.Ordinal);
    }
}
