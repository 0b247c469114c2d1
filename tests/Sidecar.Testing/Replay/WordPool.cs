using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sidecar.Testing.Replay;

/// What arguments are drawn from: few names, so that commands meet each other's keys, and odd values among the plain ones.
internal static class WordPool
{
    public static readonly string[] Scripts =
    [
        "return 1", "return {1,2,{'a',false}}", "return redis.call('GET',KEYS[1])", "return redis.call('SET',KEYS[1],ARGV[1])",
        "return redis.pcall('INCR',KEYS[1])", "return redis.error_reply('MY own')", "return redis.status_reply('FINE')", "this is no lua",
        "redis.setresp(3); return {map={a='b'}}", "redis.setresp(3); return {double=1.5}", "return ARGV", "return cjson.encode({1,2})",
        "redis.call('RPUSH',KEYS[1],'a','b'); return redis.call('LRANGE',KEYS[1],0,-1)", "return redis.call('NOSUCH')",
        "#!lua flags=no-writes\nreturn redis.call('SET',KEYS[1],'x')", "return redis.call('SUBSCRIBE','c')",
    ];

    public static readonly string[] Libraries =
    [
        "#!lua name=lib1\nredis.register_function('f1',function(keys,args) return args[1] or 'none' end)",
        "#!lua name=lib2\nredis.register_function{function_name='f2',callback=function(keys,args) return redis.call('INCR',keys[1]) end}\n"
            + "redis.register_function{function_name='f3',callback=function(keys) return redis.call('EXISTS',keys[1]) end,flags={'no-writes'}}",
        "#!lua name=lib1\nthis is no lua", "no shebang", "#!js name=x\n1",
    ];

    public static readonly string[] Values =
    [
        "", "0", "1", "-1", "10", "9223372036854775807", "3.25", "-0.5", "inf", "nan", "abc", "a b", "\r\n", "\0\u0001\u00ff", "\u00e4\u00f6\u00fc", "$5\r\nhello\r\n",
        "*1\r\n", "{curly}", "x'y\"z\\",
    ];

    public static readonly string[] Odd = ["", "-1", "abc", "99999999999999999999", "\0", "1.5.5", "WITHSCORES", "LIMIT", "NX", "-9223372036854775808", "*", "a b", "\r\n"];

    public static readonly string[] Integers = ["0", "1", "2", "3", "-1", "-2", "5", "10", "100"];

    public static readonly string[] Extremes = ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e3", "01", " 1", "+1", ""];

    public static readonly string[] StreamIds = ["1-1", "1-2", "2-0", "2", "3-3", "0", "0-0", "5-18446744073709551615", "-", "+", "$", ">", "1-x", "(1-1", "18446744073709551615-0"];

    public static readonly string[] Bounds = ["-", "+", "[a", "(b", "[m1", "[", "0", "1", "(1", "-inf", "+inf", "inf", "5", "a"];

    public static readonly string[] Patterns = ["*", "s*", "?1", "[sl]*", "none*", "", "h\\*", "*1", "c*"];

    public static readonly string[] Scores = ["0", "1", "-1", "2.5", "1e10", "inf", "-inf", "3.0000000000000001", "nan", "x"];

    public static readonly string[] Longitudes = ["13.361389", "15.087269", "2.35", "-73.9", "0", "180.1"];

    public static readonly string[] Latitudes = ["38.115556", "37.502669", "48.85", "40.7", "0", "86"];

    // No positive time short enough to end within a run: the two servers would not see it end in the same moment.
    public static readonly string[] Times = ["100000", "9999999", "0", "-1", "100000000", "9223372036854775807", "x"];

    public static readonly string[] UnixTimes = ["4102444800", "4102444800000", "1", "0", "-5", "x"];

    private static readonly Dictionary<string, string[]> KeysOfGroup = new(StringComparer.Ordinal)
    {
        ["string"] = ["s1", "s2", "s3", "n1", "n2"],
        ["bitmap"] = ["b1", "b2", "s1"],
        ["list"] = ["l1", "l2", "l3"],
        ["set"] = ["t1", "t2", "t3"],
        ["hash"] = ["h1", "h2"],
        ["sorted-set"] = ["z1", "z2", "z3"],
        ["geo"] = ["g1", "g2"],
        ["stream"] = ["x1", "x2"],
        ["hyperloglog"] = ["p1", "p2"],
    };

    private static readonly string[] AllKeys = [.. KeysOfGroup.Values.SelectMany(keys => keys), "none", "", "k\0\r\n", "{tag}1"];

    public static readonly string[] Hashes = [.. Scripts.Select(Sha1)];

    public static bool IsKey(string word) => AllKeys.Contains(word);

    public static string KeyOf(Random random, string group) =>
        random.Next(8) > 0 && KeysOfGroup.TryGetValue(group, out string[]? keys) ? Pick(random, keys) : Pick(random, AllKeys);

    public static string Pick(Random random, IReadOnlyList<string> pool) => pool[random.Next(pool.Count)];

    public static string Value(Random random) => random.Next(60) switch
    {
        0 => new string((char)random.Next(256), random.Next(100, 5_000)),
        1 => new string('v', random.Next(5_000, 40_000)),
        < 12 => random.Next(1000).ToString(CultureInfo.InvariantCulture),
        < 24 => "m" + random.Next(1, 6).ToString(CultureInfo.InvariantCulture),
        _ => Pick(random, Values),
    };

#pragma warning disable CA5350 // Redis names scripts so.
    private static string Sha1(string script) => Convert.ToHexStringLower(SHA1.HashData(Encoding.Latin1.GetBytes(script)));
#pragma warning restore CA5350
}
