namespace Sidecar.Testing.Replay;

/// The commands that the ambassador splits over several slots and that a server refuses: to the server that is asked directly they are
/// said as a script that goes from key to key.
internal static class KeyByKey
{
    private const string Flags = "#!lua flags=allow-cross-slot-keys\n";
    private const string Values = Flags + "local all = {} for i, key in ipairs(ARGV) do all[i] = redis.call('MGET', key)[1] end return all";
    private const string Pairs = Flags + "for i = 1, #ARGV, 2 do redis.call('MSET', ARGV[i], ARGV[i + 1]) end return redis.status_reply('OK')";
    private const string Counts = Flags + "local sum = 0 for i = 2, #ARGV do sum = sum + redis.call(ARGV[1], ARGV[i]) end return sum";

    public static readonly string[] Commands = ["mget", "mset", "del", "unlink", "exists", "touch"];

    public static ReplayRequest Of(ReplayRequest request)
    {
        string name = request.Names.One;
        int step = name == "mset" ? 2 : 1;
        if (request.Form == ReplayForm.Raw || !Commands.Contains(name) || request.Words.Skip(1).Where((_, i) => i % step == 0).Select(SlotOf.Key).Distinct().Count() < 2)
            return request;
        return name switch
        {
            "mget" => ReplayRequest.Of(["EVAL", Values, "0", .. request.Words.Skip(1)]),
            // What it says about half a pair, it says of one slot as well.
            "mset" when request.Words.Count % 2 == 0 => ReplayRequest.Of("MSET", "k", "v", "k"),
            "mset" => ReplayRequest.Of(["EVAL", Pairs, "0", .. request.Words.Skip(1)]),
            _ => ReplayRequest.Of(["EVAL", Counts, "0", .. request.Words]),
        };
    }
}
