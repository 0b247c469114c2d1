using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>One host that is to be looked up, with what the user said of it.</summary>
internal readonly record struct ListedHost(HostPort Host, int Weight, HostRole Role, bool IsSrv = false, string PathPrefix = "")
{
    /// <summary>Where its endpoints stand among the others; an SRV record may say more.</summary>
    public int Priority(int fromRecord) => Role switch
    {
        HostRole.Canary => Endpoint.CanaryPriority,
        HostRole.Backup => Discovery.FirstBackup + fromRecord,
        _ => fromRecord,
    };
}
