namespace Sidecar.Ambassador.Redis.Identity;

/// A shared connection on which one login and one protocol stand, and how many clients rely on it.
internal sealed class IdentityLane(UpstreamLink link)
{
    public UpstreamLink Link => link;

    public int Users { get; set; }

    public long IdleSince { get; set; }
}
