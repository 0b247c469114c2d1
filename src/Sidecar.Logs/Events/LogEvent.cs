using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Events;

/// One event as it is shipped, and the bytes [Start, End) of the file that it stands for.
/// The message is valid UTF-8, never empty, and lies in a buffer of the batch: it is gone when the batch is disposed.
internal readonly record struct LogEvent(ReadOnlyMemory<byte> Message, long TimestampMs, FileIdentity File, long Start, long End);
