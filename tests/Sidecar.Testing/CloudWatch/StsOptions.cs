using System.Security.Cryptography.X509Certificates;

namespace Sidecar.Testing.CloudWatch;

public sealed record StsOptions
{
    /// 0 takes a free port.
    public int Port { get; init; }

    public string Region { get; init; } = "eu-west-1";

    /// Who may assume roles.
    public IReadOnlyCollection<StandInCredentials> Callers { get; init; } = [StandInCredentials.Example];

    /// The clock by which credentials run out.
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    public X509Certificate2? Certificate { get; init; }

    /// What the roles' trust policies want; null when they want none.
    public string? ExternalId { get; init; }
}
