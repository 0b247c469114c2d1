namespace Sidecar.Ambassador.Redis.Commands;

/// How the first key of a request is found.
internal enum KeyRule : byte
{
    /// It has none, or we don't know it.
    None,

    /// The argument at the index.
    At,

    /// The argument at the index says how many keys there are, and they follow.
    Counted,

    /// Behind the word STREAMS.
    BehindStreams,

    /// Behind a subcommand that is not HELP.
    BehindSubcommand,

    /// MEMORY USAGE only.
    OfMemory,

    /// The third argument; where that is empty, behind the word KEYS.
    OfMigrate,
}
