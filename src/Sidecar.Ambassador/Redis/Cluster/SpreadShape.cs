using Sidecar.Ambassador.Redis.Commands;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Cluster;

/// What a request that may concern several nodes is beyond what its command's name says.
internal static class SpreadShape
{
    /// `arguments` stand at the command's name.
    public static Spread Narrow(Spread spread, RequestArguments arguments)
    {
        if (spread is not (Spread.Script or Spread.Function))
            return spread;
        _ = arguments.MoveNext();
        var second = arguments.Current;
        if (spread == Spread.Function)
            return Is(second, "LOAD"u8) || Is(second, "DELETE"u8) || Is(second, "FLUSH"u8) || Is(second, "RESTORE"u8) ? Spread.Everywhere : Spread.None;
        if (Is(second, "EXISTS"u8))
            return Spread.Everybody;
        return Is(second, "LOAD"u8) || Is(second, "FLUSH"u8) ? Spread.Everywhere : Spread.None;
    }

    /// Takes note of what scripts there are. `arguments` stand at the command's name.
    public static void Follow(ScriptBodies scripts, RequestArguments arguments)
    {
        // Functions are flushed and loaded by the same words.
        if (!Is(arguments.Current, "SCRIPT"u8) || !arguments.MoveNext())
            return;
        if (Is(arguments.Current, "FLUSH"u8) && IsFlush(arguments))
            scripts.Forget();
        else if (Is(arguments.Current, "LOAD"u8) && arguments.Count == 3 && arguments.MoveNext())
            scripts.Remember(arguments.Current);
    }

    public static byte[] Encode(RequestArguments arguments)
    {
        var words = new List<byte[]> { arguments.Current.ToArray() };
        while (arguments.MoveNext())
            words.Add(arguments.Current.ToArray());
        return RequestWriter.Encode(words);
    }

    private static bool IsFlush(RequestArguments arguments) =>
        arguments.Count == 2 || (arguments.Count == 3 && arguments.MoveNext() && (Is(arguments.Current, "ASYNC"u8) || Is(arguments.Current, "SYNC"u8)));

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> expected) => CommandTable.Is(word, expected);
}
