using Sidecar.Ambassador.Redis.Identity;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Cluster;

/// A master of the cluster, by the name that the cluster calls it: where it is, and the connections to it that clients share.
internal sealed class ClusterNode
{
    public ClusterNode(RedisEngine engine, HostPort name, ServerAddress address)
    {
        (Name, Address) = (name, address);
        Lane = engine.NewLink(owner: null, setUps: null, this);
        Lanes = new IdentityLanes(engine, this);
    }

    public HostPort Name { get; }

    /// Changes with what its name resolves to.
    public ServerAddress Address { get; set; }

    /// As the cluster calls it; empty while only a redirection has told of it.
    public string Id { get; set; } = "";

    /// Of its claim to slots; the highest that was told.
    public long Epoch { get; set; }

    public UpstreamLink Lane { get; }

    public IdentityLanes Lanes { get; }

    /// Why there is no connection; null when there is one.
    public string? Trouble { get; set; }

    /// Until then it is wanted although it has no slots: it takes over one of somebody else's.
    public long WantedUntil { get; set; }

    /// Since when it has no slots any more; its connections end when what they were asked is answered.
    public long? LeftAt { get; set; }

    public override string ToString() => Name.ToString();
}
