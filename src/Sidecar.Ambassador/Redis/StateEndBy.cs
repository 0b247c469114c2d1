namespace Sidecar.Ambassador.Redis;

/// Which reply ends a state.
internal enum StateEndBy : byte
{
    Success,
    AnyReply,

    /// The command that should have begun it failed.
    Error,

    /// The server does not know the command: so it changed nothing.
    NotBeingKnown,
}
