namespace Sidecar.Adapter.Probes;

/// How one question ended. Unknown is not a no: the probe could not look, so it proves nothing about the app.
internal enum Answer
{
    Pass,
    Fail,
    TimedOut,
    Unknown,
}
