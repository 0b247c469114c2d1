namespace Sidecar.Ambassador.Redis.Commands;

/// Which commands are sent again when their connection is lost before the reply, so that nobody knows whether they were executed.
internal enum Replay
{
    Idempotent,
    Reads,
    None,
}
