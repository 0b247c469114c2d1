namespace Sidecar.Adapter.Endpoints;

/// The dialects that a verdict is said in.
internal enum HealthFormat
{
    /// application/health+json, after the draft of the IETF: what is said unless something else is asked for.
    HealthJson,
    Json,
    Text,
    MicroProfile,
    Spring,
}
