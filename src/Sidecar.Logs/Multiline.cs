namespace Sidecar.Logs;

/// Whether lines that carry on an event are sent as one with it.
internal enum Multiline
{
    Auto,
    Off,
}
