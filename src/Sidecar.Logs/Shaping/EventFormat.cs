namespace Sidecar.Logs.Shaping;

/// What the events of a source are.
internal enum EventFormat
{
    Text,

    /// One JSON object each, whose known fields get the same names everywhere.
    Json,
}
