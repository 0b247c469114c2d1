namespace Sidecar.Ambassador.Routes;

/// <summary>
/// Where a route leads, as the user wrote it. Names are not resolved yet, and nothing here depends on whether the host exists.
/// <c>ToString</c> shows neither the user name nor the password.
/// </summary>
internal sealed record UpstreamUrl
{
    public required UpstreamScheme Scheme { get; init; }

    /// <summary>The host is a DNS SRV name, which brings the ports.</summary>
    public bool IsSrv { get; init; }

    /// <summary>At least one; equal to each other. Sentinels for a <c>+sentinel</c> scheme, seeds for a <c>+cluster</c> one.</summary>
    public required IReadOnlyList<HostPort> Hosts { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>What the path of each HTTP request is put behind, without a slash at the end: "" or "/v1".</summary>
    public string PathPrefix { get; init; } = "";

    /// <summary>The name that the Sentinels know the master by; set exactly when the scheme is a <c>+sentinel</c> one.</summary>
    public string? MasterName { get; init; }

    /// <summary>The Redis database; 0 unless the URL names one.</summary>
    public int Database { get; init; }

    public bool HasUserinfo => Username != null || Password != null;

    public bool Equals(UpstreamUrl? other) => other != null && IsSameBut(other) && Hosts.SequenceEqual(other.Hosts);

    public override int GetHashCode() => HashCode.Combine(Scheme, Hosts[0], PathPrefix, MasterName, Database);

    /// <summary>Whether the two differ in nothing but their hosts.</summary>
    public bool IsSameBut(UpstreamUrl other) =>
        (Scheme, IsSrv, Username, Password, PathPrefix, MasterName, Database)
        == (other.Scheme, other.IsSrv, other.Username, other.Password, other.PathPrefix, other.MasterName, other.Database);

    public override string ToString()
    {
        var hosts = string.Join(',', IsSrv ? Hosts.Select(host => host.Host) : Hosts.Select(host => host.ToString()));
        var path = MasterName != null ? $"/{MasterName}" : PathPrefix;
        if (Scheme.IsRedis() && Database != 0) path += $"/{Database}";
        return $"{(IsSrv ? UpstreamSchemes.Srv : "")}{Scheme.Text()}://{(HasUserinfo ? "***@" : "")}{hosts}{path}";
    }
}
