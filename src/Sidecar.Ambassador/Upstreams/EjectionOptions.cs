namespace Sidecar.Ambassador.Upstreams;

/// <summary>When an endpoint is left for how it answers, though it can be connected to.</summary>
/// <param name="After">So many bad answers in a row; 0 for never.</param>
/// <param name="First">How long it is left for at least, doubled each time.</param>
/// <param name="Longest">What that grows to.</param>
/// <param name="Percent">So many percent of its answers of late, and twice as many as of the others'; 0 for never.</param>
internal sealed record EjectionOptions(int After, TimeSpan First, TimeSpan Longest, int Percent = 0)
{
    /// <summary>Fewer answers of late say nothing of an endpoint's rate.</summary>
    public const int LeastAnswers = 20;

    public static readonly EjectionOptions Never = new(0, TimeSpan.Zero, TimeSpan.Zero);
}
