namespace Sidecar.Logs;

/// Which time an event is given.
internal enum TimestampFrom
{
    /// The one that leads its line, else the time of reading.
    Auto,
    ReadTime,
}
