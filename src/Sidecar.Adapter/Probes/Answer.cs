namespace Sidecar.Adapter.Probes;

/// How one question ended. A warning is a pass with something to say. Unknown is not a no: the probe could not look, so it
/// proves nothing about the app.
internal enum Answer
{
    Pass,
    Warn,
    Fail,
    TimedOut,
    Unknown,
}
