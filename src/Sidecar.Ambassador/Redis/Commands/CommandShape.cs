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
        part = part[Math.Max(part.IndexOf((byte)'$'), 0)..];
        return BulkWord.TryRead(ref part, out var name) ? commands.Find(name).Kind : CommandKind.Pinned;
    }

    public static bool IsPlainSet(RequestArguments arguments)
    {
        for (int i = 0; i < 3; i++)
            arguments.MoveNext();
        return CommandTable.IsPlainSet(arguments.Current, arguments.Count);
    }
}
