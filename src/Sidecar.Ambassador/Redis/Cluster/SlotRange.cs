using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Some slots in a row, their master, and its id in the cluster.
internal readonly record struct SlotRange(int First, int Last, HostPort Master, string Id);
