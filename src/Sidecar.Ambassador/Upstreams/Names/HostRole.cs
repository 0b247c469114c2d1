namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>What a host of a route is there for.</summary>
internal enum HostRole
{
    Normal,

    /// <summary>For bad times.</summary>
    Backup,

    /// <summary>A new version on trial.</summary>
    Canary,
}
