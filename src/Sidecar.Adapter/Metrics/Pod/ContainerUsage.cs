using System.Collections.Immutable;

namespace Sidecar.Adapter.Metrics.Pod;

/// What one container, or a pod's network, has used since its start and holds now. Null is what can't be seen from here.
internal sealed record ContainerUsage
{
    public ImmutableArray<(string Name, string Value)> Labels { get; init; } = [];

    public double? CpuSeconds { get; init; }

    public double? ThrottledPeriods { get; init; }

    public double? ThrottledSeconds { get; init; }

    public double? MemoryBytes { get; init; }

    /// What can't be taken back without harm: without the file pages that nobody used for long.
    public double? WorkingSetBytes { get; init; }

    /// Without pages of files.
    public double? AnonymousBytes { get; init; }

    public double? MemoryLimitBytes { get; init; }

    public double? ReadBytes { get; init; }

    public double? WrittenBytes { get; init; }

    public double? Processes { get; init; }

    public ImmutableArray<InterfaceUsage> Network { get; init; } = [];
}
