namespace Sidecar.Adapter.Verdicts;

/// How well a probe, or a part of a group, is. In order: all of several is the worst of them, any of them the best.
internal enum GroupLevel
{
    Down,
    Unknown,
    Degraded,
    Up,
}
