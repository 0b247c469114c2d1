namespace Sidecar.Adapter.Verdicts;

/// What we believe of a probe after its last answers. Unknown until it was asked often enough, or can't tell.
internal enum Belief
{
    Unknown,
    Up,
    Down,
}
