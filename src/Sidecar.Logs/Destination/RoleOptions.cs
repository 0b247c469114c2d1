namespace Sidecar.Logs.Destination;

/// The role in whose name events are sent, and how STS is asked for it.
internal sealed record RoleOptions(string Arn)
{
    /// What CloudTrail calls the session.
    public string SessionName { get; init; } = "sidecar-logs";

    public string? ExternalId { get; init; }

    /// Null means the region's own.
    public Uri? Endpoint { get; init; }
}
