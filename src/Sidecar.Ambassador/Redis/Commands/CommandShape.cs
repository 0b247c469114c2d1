using Sidecar.Hosting.Resp;

namespace Sidecar.Ambassador.Redis.Commands;

/// What a request is beyond what its command's name says.
internal static class CommandShape
{
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
        int name = part.IndexOf((byte)'$');
        if (name < 0)
            return CommandKind.Pinned;
        int start = part[name..].IndexOf((byte)'\n') + name + 1;
        int length = part[start..].IndexOf((byte)'\r');
        return length < 0 ? CommandKind.Pinned : commands.Find(part.Slice(start, length)).Kind;
    }

    public static bool IsPlainSet(RequestArguments arguments)
    {
        for (int i = 0; i < 3; i++)
            arguments.MoveNext();
        return CommandTable.IsPlainSet(arguments.Current, arguments.Count);
    }
}
