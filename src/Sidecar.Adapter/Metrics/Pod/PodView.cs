namespace Sidecar.Adapter.Metrics.Pod;

/// Whether /metrics says what the pod's containers use.
internal enum PodView
{
    Off,

    /// From ECS where there is a task, else from cgroups and /proc.
    Auto,
}
