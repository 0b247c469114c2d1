namespace Sidecar.Ambassador.Redis.Cluster;

/// The masters, how many slots each has, and what is wrong with it; and what is wrong with any of them.
internal sealed record ClusterStatus(IReadOnlyList<(string Address, int Slots, string? Trouble)> Masters, string? Trouble);
