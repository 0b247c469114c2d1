namespace Sidecar.Ambassador.Redis;

/// Why a client needs an upstream connection of its own from one command to the next.
[Flags]
internal enum ClientState
{
    None = 0,
    Database = 1,
    Transaction = 2,
    Watching = 4,

    /// It said who it is, or which protocol it speaks.
    Identity = 8,

    /// It sent something whose effect on the connection we do not follow.
    Unknown = 16,

    /// It reads too slowly to share.
    Slow = 32,

    /// The server has not answered yet whether it takes its login.
    LoggingIn = 64,
}
