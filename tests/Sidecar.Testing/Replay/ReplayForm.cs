namespace Sidecar.Testing.Replay;

/// How a request is written on the wire.
internal enum ReplayForm
{
    Frame,

    /// A plain line, as people type it.
    Inline,

    /// The one word is what is sent, whatever it is.
    Raw,
}
