using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Some slots in a row, their master, its id in the cluster, and the epoch of its claim: of two claims to a slot the later one is right.
internal readonly record struct SlotRange(int First, int Last, HostPort Master, string Id, long Epoch);
