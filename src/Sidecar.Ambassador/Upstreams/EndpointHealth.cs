namespace Sidecar.Ambassador.Upstreams;

/// <summary>How an endpoint is, since when, and why it is not used if it is not.</summary>
/// <param name="NotBefore">While it is down: when a check may bring it back at the earliest.</param>
internal sealed record EndpointHealth(string? DownReason, DateTimeOffset Since, DateTimeOffset NotBefore, Fitness Fitness = Fitness.Fit)
{
    public bool IsHealthy => DownReason == null;

    /// <summary>Not even when nobody else is up.</summary>
    public bool MayBeTried => Fitness == Fitness.Fit;
}
