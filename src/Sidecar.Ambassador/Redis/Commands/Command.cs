namespace Sidecar.Ambassador.Redis.Commands;

/// What we know of a command: what it means for its connection, and for the data.
internal readonly record struct Command(CommandKind Kind, CommandEffect Effect)
{
    /// Where its first key is, which tells a cluster's node.
    public KeyPlace Key { get; init; }

    public Spread Spread { get; init; }

    /// What its server's flags say of a command that we don't know: a module's, a new or a renamed one.
    public static Command Of(IReadOnlyList<string> flags)
    {
        bool isData = flags.Contains("readonly") || flags.Contains("write");
        if (!isData)
            return new Command(flags.Contains("pubsub") || flags.Contains("admin") ? CommandKind.Tunnel : CommandKind.Pinned, CommandEffect.Once);
        // What may take long, in a thread of a module perhaps, stands in front of nobody.
        bool isQuick = flags.Contains("fast") && !flags.Contains("blocking");
        return new Command(isQuick ? CommandKind.Ordinary : CommandKind.Blocking, isQuick && !flags.Contains("write") ? CommandEffect.Read : CommandEffect.Once);
    }
}
