using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Sentinel;

/// What one Sentinel says: who is master, as of which configuration, and who the other Sentinels are.
internal sealed record SentinelAnswer(HostPort Sentinel, HostPort Master, long Epoch, IReadOnlyList<HostPort> Others);
