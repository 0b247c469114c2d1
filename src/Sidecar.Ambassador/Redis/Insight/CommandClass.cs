namespace Sidecar.Ambassador.Redis.Insight;

/// Under what a command's latency is counted.
internal enum CommandClass : byte
{
    Write,
    Read,

    /// It may wait for as long as it likes.
    Blocking,

    /// It concerns its connection alone.
    Connection,
}
