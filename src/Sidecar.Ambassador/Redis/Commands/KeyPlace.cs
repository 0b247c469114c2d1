using System.Buffers.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Commands;

/// Where in a request its first key stands. The first one tells the node; the node itself says whether the others may stand beside it.
internal readonly record struct KeyPlace(KeyRule Rule, byte Index)
{
    /// `arguments` stand at the command's name.
    public bool TryFind(RequestArguments arguments, out ReadOnlySpan<byte> key) => TryFind(arguments, arguments.Count, out key);

    /// The same where `arguments` are the first ones of so many.
    public bool TryFind(RequestArguments arguments, int all, out ReadOnlySpan<byte> key)
    {
        key = default;
        return Rule switch
        {
            KeyRule.None => false,
            KeyRule.At => TryGet(arguments, Index, out key),
            // Of a request that is wrong in this the node sees no key either.
            KeyRule.Counted => TryGet(arguments, Index, out var count) && IsWithin(count, all - Index - 1) && TryGet(arguments, Index + 1, out key),
            KeyRule.BehindStreams => TryGetStream(arguments, all, out key),
            KeyRule.BehindSubcommand => TryGet(arguments, 2, out key),
            KeyRule.OfMemory => TryGet(arguments, 1, out var second) && CommandTable.Is(second, "USAGE"u8) && TryGet(arguments, 2, out key),
            _ => TryGet(arguments, 3, out key) && (!key.IsEmpty || TryGetBehind(arguments, "KEYS"u8, out key)),
        };
    }

    private static bool TryGet(RequestArguments arguments, int index, out ReadOnlySpan<byte> argument)
    {
        bool isThere = true;
        for (int i = 0; i < index && isThere; i++)
            isThere = arguments.MoveNext();
        argument = isThere ? arguments.Current : default;
        return isThere;
    }

    private static bool TryGetBehind(RequestArguments arguments, ReadOnlySpan<byte> word, out ReadOnlySpan<byte> argument)
    {
        bool isFound = false;
        while (!isFound && arguments.MoveNext())
            isFound = CommandTable.Is(arguments.Current, word);
        isFound = isFound && arguments.MoveNext();
        argument = isFound ? arguments.Current : default;
        return isFound;
    }

    // A group, or who reads in it, may be called STREAMS as well.
    private static bool TryGetStream(RequestArguments arguments, int all, out ReadOnlySpan<byte> key)
    {
        key = default;
        for (int i = 1; arguments.MoveNext(); i++)
        {
            var word = arguments.Current;
            if (CommandTable.Is(word, "STREAMS"u8))
                return (all - i) % 2 == 1 && TryGet(arguments, 1, out key);
            int values = CommandTable.Is(word, "GROUP"u8) ? 2 : CommandTable.Is(word, "COUNT"u8) || CommandTable.Is(word, "BLOCK"u8) ? 1 : 0;
            if (values == 0 && !CommandTable.Is(word, "NOACK"u8))
                return false;
            for (; values > 0 && arguments.MoveNext(); values--)
                i++;
        }
        return false;
    }

    private static bool IsWithin(ReadOnlySpan<byte> number, int most) =>
        Utf8Parser.TryParse(number, out int value, out int read) && read == number.Length && value > 0 && value <= most;
}
