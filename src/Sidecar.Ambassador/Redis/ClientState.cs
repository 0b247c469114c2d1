namespace Sidecar.Ambassador.Redis;

/// Why a client needs an upstream connection of its own from one command to the next.
[Flags]
internal enum ClientState
{
    None = 0,
    Database = 1,
    Transaction = 2,
    Watching = 4,

    /// It gave its connection a name.
    Named = 8,

    /// It sent something whose effect on the connection we do not follow.
    Unknown = 16,

    /// It reads too slowly to share.
    Slow = 32,

    /// The server has not answered yet whether it takes its login, or its protocol.
    LoggingIn = 64,

    /// It hears messages.
    Subscribed = 128,
}
