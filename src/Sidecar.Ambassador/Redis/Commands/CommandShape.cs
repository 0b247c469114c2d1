using System.Buffers.Text;
using System.Text;
using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Commands;

/// What a request is beyond what its command's name says.
internal static class CommandShape
{
    private const int MostWordsLookedAt = 64;

    /// The second word, or an option, tells what some commands are.
    public static CommandKind Narrow(CommandKind kind, RequestArguments arguments)
    {
        if (kind is not (CommandKind.Client or CommandKind.Script or CommandKind.MaybeBlocking))
            return kind;
        bool hasSecond = arguments.MoveNext();
        if (kind == CommandKind.MaybeBlocking)
        {
            do
            {
                if (CommandTable.Is(arguments.Current, "BLOCK"u8))
                    return CommandKind.Blocking;
                if (CommandTable.Is(arguments.Current, "STREAMS"u8))
                    return CommandKind.Ordinary;
            }
            while (arguments.MoveNext());
            return CommandKind.Ordinary;
        }
        if (!hasSecond)
            return CommandKind.Ordinary;
        if (kind == CommandKind.Script)
            return CommandTable.Is(arguments.Current, "DEBUG"u8) ? CommandKind.Tunnel : CommandKind.Ordinary;
        return CommandTable.Is(arguments.Current, "SETNAME"u8) ? CommandKind.Client : CommandTable.OfClient(arguments.Current);
    }

    /// Of a request of which only the beginning has come.
    public static CommandKind OfLarge(ReadOnlySpan<byte> part, CommandTable commands)
    {
        part = part[Math.Max(part.IndexOf((byte)'$'), 0)..];
        return BulkWord.TryRead(ref part, out var name) ? commands.Find(name).Kind : CommandKind.Pinned;
    }

    /// The first key of a request of which only the beginning has come; false when it is not there yet, or there is none.
    public static bool TryFindKeyOfLarge(ReadOnlySpan<byte> part, CommandTable commands, out ReadOnlySpan<byte> key)
    {
        key = default;
        int start = part.IndexOf((byte)'$');
        int words = 0;
        int end = start;
        while (start >= 0 && words < MostWordsLookedAt && TrySkipWord(part, ref end))
            words++;
        if (words == 0)
            return false;
        byte[] beginning = [.. Encoding.ASCII.GetBytes($"*{words}\r\n"), .. part[start..end]];
        var arguments = new RequestArguments(beginning);
        arguments.MoveNext();
        _ = Utf8Parser.TryParse(part[1..], out int all, out _);
        return commands.Find(arguments.Current).Key.TryFind(arguments, all, out key);
    }

    /// Asks to be told of changes. `arguments` stand at the name CLIENT.
    public static bool IsTracking(RequestArguments arguments) =>
        arguments.MoveNext() && CommandTable.Is(arguments.Current, "TRACKING"u8) && arguments.MoveNext() && CommandTable.Is(arguments.Current, "ON"u8);

    public static bool IsPlainSet(RequestArguments arguments)
    {
        for (int i = 0; i < 3; i++)
            arguments.MoveNext();
        return CommandTable.IsPlainSet(arguments.Current, arguments.Count);
    }

    // "$<length>\r\n<word>\r\n"
    private static bool TrySkipWord(ReadOnlySpan<byte> part, ref int position)
    {
        int line = part[position..].IndexOf((byte)'\n');
        if (line < 0 || part[position] != '$' || !Utf8Parser.TryParse(part[(position + 1)..], out int length, out _) || length < 0)
            return false;
        long end = (long)position + line + 1 + length + 2;
        if (end > part.Length)
            return false;
        position = (int)end;
        return position <= part.Length;
    }
}
