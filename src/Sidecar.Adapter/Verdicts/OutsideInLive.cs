namespace Sidecar.Adapter.Verdicts;

/// What becomes of a live group that would restart the app for something outside of its pod.
internal enum OutsideInLive
{
    Refuse,
    Allow,
}
