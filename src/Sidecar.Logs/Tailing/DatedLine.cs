namespace Sidecar.Logs.Tailing;

/// The time of the last line that carried one, and how many lines without have followed it.
internal readonly record struct DatedLine(long TimestampMs, int LinesSince);
