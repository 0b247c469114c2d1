using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// Who is master of what, as one node of the cluster saw it, and where they are.
internal sealed record ClusterLayout(IReadOnlyList<SlotRange> Ranges, IReadOnlyDictionary<HostPort, ServerAddress> Addresses);
