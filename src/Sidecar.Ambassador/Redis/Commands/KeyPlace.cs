using System.Buffers.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Commands;

/// Where in a request its first key stands. The first one tells the node; the node itself says whether the others may stand beside it.
internal readonly record struct KeyPlace(KeyRule Rule, byte Index)
{
    /// `arguments` stand at the command's name.
    public bool TryFind(RequestArguments arguments, out ReadOnlySpan<byte> key)
    {
        key = default;
        return Rule switch
        {
            KeyRule.None => false,
            KeyRule.At => TryGet(arguments, Index, out key),
            KeyRule.Counted => TryGet(arguments, Index, out var count) && IsPositive(count) && TryGet(arguments, Index + 1, out key),
            KeyRule.BehindStreams => TryGetBehind(arguments, "STREAMS"u8, out key),
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

    private static bool IsPositive(ReadOnlySpan<byte> number) =>
        Utf8Parser.TryParse(number, out int value, out int read) && read == number.Length && value > 0;
}
