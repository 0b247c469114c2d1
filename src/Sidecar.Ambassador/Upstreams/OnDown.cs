namespace Sidecar.Ambassador.Upstreams;

/// <summary>What becomes of the connections to an endpoint that a check found down or demoted.</summary>
internal enum OnDown
{
    Close,
    Keep,
}
