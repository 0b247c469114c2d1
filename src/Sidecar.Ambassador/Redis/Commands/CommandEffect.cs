namespace Sidecar.Ambassador.Redis.Commands;

/// What it means to execute a command twice: the later here, the less.
internal enum CommandEffect : byte
{
    /// Other data or another reply: INCR, LPUSH, DEL, scripts, and what we don't know.
    Once,

    /// It writes, and leaves the same data and gives the same reply however often it is executed.
    Repeatable,

    /// It changes no data.
    Read,

    /// It concerns its connection alone, which hears it again after a loss in any case.
    Connection,
}
