using System.Numerics;
using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Commands;

/// What is known of commands by their names, whatever their case: the built-in list, and what the server told of the others. What is
/// in neither is pinned: that is right for all but those that speak when they like, only dearer.
internal sealed class CommandTable
{
    private const int MaxNameLength = 64;

    private const string Reads =
        "BITCOUNT BITFIELD_RO BITPOS COMMAND DBSIZE DUMP ECHO EVALSHA_RO EVAL_RO EXISTS EXPIRETIME FCALL_RO GEODIST GEOHASH GEOPOS " +
        "GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GET GETBIT GETRANGE HEXISTS HEXPIRETIME HGET HGETALL HKEYS HLEN HMGET HPEXPIRETIME " +
        "HPTTL HRANDFIELD HSCAN HSTRLEN HTTL HVALS INFO KEYS LASTSAVE LCS LINDEX LLEN LOLWUT LPOS LRANGE MEMORY MGET OBJECT PEXPIRETIME " +
        "PFCOUNT PING PTTL PUBSUB RANDOMKEY ROLE SCAN SCARD SDIFF SINTER SINTERCARD SISMEMBER SMEMBERS SMISMEMBER SORT_RO SRANDMEMBER " +
        "SSCAN STRLEN SUBSTR SUNION TIME TOUCH TTL TYPE XINFO XLEN XPENDING XRANGE XREVRANGE ZCARD ZCOUNT ZDIFF ZINTER ZINTERCARD " +
        "ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN " +
        "ZSCORE ZUNION";

    // Not DEL, HSET, SADD and their like: the data would be the same, the reply would not. Not FLUSHALL: others wrote meanwhile.
    private const string RepeatableWrites = "HMSET MSET PSETEX SETEX";

    private const string Writes =
        "ACL APPEND BGREWRITEAOF BGSAVE BITFIELD BITOP CLUSTER CONFIG COPY DECR DECRBY DEL EVAL EVALSHA FAILOVER FCALL FLUSHALL FLUSHDB FUNCTION " +
        "GEOADD GEORADIUS GEORADIUSBYMEMBER GEOSEARCHSTORE GETDEL GETEX GETSET HDEL HEXPIRE HEXPIREAT HINCRBY HINCRBYFLOAT HPERSIST " +
        "HPEXPIRE HPEXPIREAT HSET HSETNX INCR INCRBY INCRBYFLOAT LATENCY LINSERT LMOVE LMPOP LPOP LPUSH LPUSHX LREM LSET LTRIM MIGRATE " +
        "MODULE MOVE MSETNX PERSIST PFADD PFDEBUG PFMERGE PFSELFTEST PUBLISH RENAME RENAMENX REPLICAOF RESTORE RPOP RPOPLPUSH RPUSH " +
        "RPUSHX SADD SAVE SDIFFSTORE SETBIT SETNX SETRANGE SINTERSTORE SLAVEOF SLOWLOG SMOVE SORT SPOP SPUBLISH SREM SUNIONSTORE SWAPDB " +
        "UNLINK XACK XADD XAUTOCLAIM XCLAIM XDEL XGROUP XSETID XTRIM ZADD ZDIFFSTORE ZINCRBY ZINTERSTORE ZMPOP ZPOPMAX ZPOPMIN " +
        "ZRANGESTORE ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZUNIONSTORE";

    private static readonly (Spread Spread, string Names)[] Spreads =
    [
        (Spread.Values, "MGET"),
        (Spread.Pairs, "MSET"),
        (Spread.Counts, "DEL EXISTS TOUCH UNLINK"),
        (Spread.Total, "DBSIZE"),
        (Spread.Union, "KEYS"),
        (Spread.AnyOne, "RANDOMKEY"),
        (Spread.Scan, "SCAN"),
        (Spread.Everywhere, "FLUSHALL FLUSHDB"),
        (Spread.Script, "SCRIPT"),
        (Spread.Function, "FUNCTION"),
    ];

    private static readonly (CommandKind Kind, string Names)[] Special =
    [
        (CommandKind.Blocking, "BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN"),
        (CommandKind.MaybeBlocking, "XREAD XREADGROUP"),
        (CommandKind.Wait, "WAIT WAITAOF"),
        // POST and HOST: are an HTTP request that lost its way: Redis closes the connection, and so it has to be the client's own.
        (CommandKind.Tunnel, "MONITOR POST HOST: PSYNC REPLCONF SHUTDOWN SYNC"),
        (CommandKind.Subscribe, "PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE UNSUBSCRIBE"),
        (CommandKind.Pinned, "ASKING DEBUG READONLY READWRITE RESTORE-ASKING"),
        (CommandKind.Multi, "MULTI"),
        (CommandKind.Exec, "EXEC"),
        (CommandKind.Discard, "DISCARD"),
        (CommandKind.Watch, "WATCH"),
        (CommandKind.Unwatch, "UNWATCH"),
        (CommandKind.Select, "SELECT"),
        (CommandKind.Auth, "AUTH"),
        (CommandKind.Hello, "HELLO"),
        (CommandKind.Reset, "RESET"),
        (CommandKind.Quit, "QUIT"),
        (CommandKind.Client, "CLIENT"),
        (CommandKind.Script, "SCRIPT"),
        (CommandKind.Set, "SET"),
        (CommandKind.Expire, "EXPIRE EXPIREAT PEXPIRE PEXPIREAT"),
    ];

    public static readonly CommandTable BuiltIn = Build([]);

    private readonly (byte[]? Name, Command Command)[] _slots;

    private CommandTable(int most) => _slots = new (byte[]?, Command)[BitOperations.RoundUpToPowerOf2((uint)most * 3)];

    /// Until the server has told, and for what it does not have.
    public static CommandTable Build(IReadOnlyList<(string Name, Command Command)> told)
    {
        var table = new CommandTable(300 + told.Count);
        table.Add(Reads, new Command(CommandKind.Ordinary, CommandEffect.Read));
        table.Add(RepeatableWrites, new Command(CommandKind.Ordinary, CommandEffect.Repeatable));
        table.Add(Writes, new Command(CommandKind.Ordinary, CommandEffect.Once));
        foreach (var (kind, names) in Special)
            table.Add(names, new Command(kind, CommandEffect.Once));
        foreach (var (name, command) in told)
            table.Put(name, command);
        return table;
    }

    public IEnumerable<(string Name, Command Command)> All =>
        _slots.Where(slot => slot.Name is not null).Select(slot => (Encoding.ASCII.GetString(slot.Name!), slot.Command));

    public bool Knows(ReadOnlySpan<byte> name) => name.Length > MaxNameLength || TryFind(name, out _);

    public Command Find(ReadOnlySpan<byte> name) =>
        name.Length <= MaxNameLength && TryFind(name, out var command) ? command : new Command(CommandKind.Pinned, CommandEffect.Once);

    public CommandKind KindOf(ReadOnlySpan<byte> frame)
    {
        var arguments = new RequestArguments(frame);
        return arguments.MoveNext() ? Find(arguments.Current).Kind : CommandKind.Pinned;
    }

    /// As Redis names it in its errors: in lower case, with its subcommand.
    public string FullName(ReadOnlySpan<byte> frame)
    {
        var arguments = new RequestArguments(frame);
        arguments.MoveNext();
        string name = Encoding.Latin1.GetString(arguments.Current);
        bool hasSubcommand = Find(arguments.Current).Key.Rule is KeyRule.BehindSubcommand or KeyRule.OfMemory && arguments.MoveNext();
        return (hasSubcommand ? $"{name}|{Encoding.Latin1.GetString(arguments.Current)}" : name).ToLowerInvariant();
    }

    /// SET without NX, XX, GET and their like: executed twice it is the same.
    public static bool IsPlainSet(ReadOnlySpan<byte> option, int arguments) =>
        arguments == 3 || (arguments == 5 && (Is(option, "EX"u8) || Is(option, "PX"u8) || Is(option, "EXAT"u8) || Is(option, "PXAT"u8)));

    public static CommandKind OfClient(ReadOnlySpan<byte> second)
    {
        // It may silence every answer.
        if (Is(second, "REPLY"u8))
            return CommandKind.Tunnel;
        // SETINFO only names the library in CLIENT LIST, and every modern client sends it: not worth a connection.
        bool isOrdinary = Is(second, "LIST"u8) || Is(second, "KILL"u8) || Is(second, "SETINFO"u8) || Is(second, "GETNAME"u8)
            || Is(second, "PAUSE"u8) || Is(second, "UNPAUSE"u8) || Is(second, "UNBLOCK"u8) || Is(second, "HELP"u8);
        return isOrdinary ? CommandKind.Ordinary : CommandKind.Pinned;
    }

    public static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(word, expected);

    private bool TryFind(ReadOnlySpan<byte> name, out Command command)
    {
        for (uint slot = Hash(name);; slot++)
        {
            ref readonly var found = ref _slots[slot & (uint)(_slots.Length - 1)];
            command = found.Command;
            if (found.Name is null)
                return false;
            if (Ascii.EqualsIgnoreCase(name, found.Name))
                return true;
        }
    }

    private void Add(string names, Command command)
    {
        foreach (string name in names.Split(' '))
            Put(name, command with { Key = KeyPlaces.Of(name), Spread = Spreads.FirstOrDefault(spread => spread.Names.Split(' ').Contains(name)).Spread });
    }

    private void Put(string name, Command command)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(name);
        uint slot = Hash(bytes);
        while (_slots[slot & (uint)(_slots.Length - 1)].Name is not null)
            slot++;
        _slots[slot & (uint)(_slots.Length - 1)] = (bytes, command);
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte letter in name)
            hash = (hash ^ (letter & 0xDFu)) * 16777619;
        return hash ^ (hash >> 15);
    }
}
