namespace Sidecar.Ambassador.Upstreams;

/// <summary>Whether an endpoint is what its route leads to, up or down.</summary>
internal enum Fitness
{
    Fit,

    /// <summary>It was not asked yet, on a route where that has to be known.</summary>
    Unasked,

    /// <summary>It said that it is something else, such as a standby. It stays so until it says otherwise.</summary>
    Unfit,
}
