namespace Sidecar.Ambassador.Redis.Commands;

/// Where the commands that we know have their first key.
internal static class KeyPlaces
{
    private const string Without =
        "ACL ASKING AUTH BGREWRITEAOF BGSAVE CLIENT CLUSTER COMMAND CONFIG DBSIZE DEBUG DISCARD ECHO EXEC FAILOVER FLUSHALL FLUSHDB FUNCTION HELLO " +
        "HOST: INFO KEYS LASTSAVE LATENCY LOLWUT MODULE MONITOR MULTI PFSELFTEST PING POST PSUBSCRIBE PSYNC PUBLISH PUBSUB PUNSUBSCRIBE QUIT " +
        "RANDOMKEY READONLY READWRITE REPLCONF REPLICAOF RESET ROLE SAVE SCAN SCRIPT SELECT SHUTDOWN SLAVEOF SLOWLOG SUBSCRIBE SWAPDB SYNC TIME " +
        "UNSUBSCRIBE UNWATCH WAIT WAITAOF";

    public static readonly KeyPlace OfScripts = new(KeyRule.Counted, 2);

    private static readonly Dictionary<string, KeyPlace> Special = Build(
    [
        (new KeyPlace(KeyRule.None, 0), Without),
        (new KeyPlace(KeyRule.At, 2), "BITOP PFDEBUG"),
        (new KeyPlace(KeyRule.Counted, 1), "LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION"),
        (OfScripts, "BLMPOP BZMPOP EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO"),
        (new KeyPlace(KeyRule.BehindStreams, 0), "XREAD XREADGROUP"),
        (new KeyPlace(KeyRule.BehindSubcommand, 0), "OBJECT XGROUP XINFO"),
        (new KeyPlace(KeyRule.OfMemory, 0), "MEMORY"),
        (new KeyPlace(KeyRule.OfMigrate, 0), "MIGRATE"),
    ]);

    /// All others have it where almost all have it.
    public static KeyPlace Of(string name) => Special.TryGetValue(name, out var place) ? place : new KeyPlace(KeyRule.At, 1);

    private static Dictionary<string, KeyPlace> Build((KeyPlace Place, string Names)[] places) =>
        places.SelectMany(place => place.Names.Split(' '), (place, name) => (name, place.Place)).ToDictionary(pair => pair.name, pair => pair.Place);
}
