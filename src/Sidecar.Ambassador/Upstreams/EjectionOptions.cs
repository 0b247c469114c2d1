namespace Sidecar.Ambassador.Upstreams;

/// <summary>When an endpoint is left for how it answers, though it can be connected to.</summary>
/// <param name="After">So many bad answers in a row; 0 for never.</param>
/// <param name="First">How long it is left for at least, doubled each time.</param>
/// <param name="Longest">What that grows to.</param>
internal sealed record EjectionOptions(int After, TimeSpan First, TimeSpan Longest)
{
    public static readonly EjectionOptions Never = new(0, TimeSpan.Zero, TimeSpan.Zero);
}
