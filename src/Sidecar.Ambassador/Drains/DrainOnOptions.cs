using Sidecar.Hosting.Settings;

namespace Sidecar.Ambassador.Drains;

/// <summary>Which verdict drains the ambassador, how often it is asked, and how many answers in a row it takes.</summary>
internal sealed record DrainOnOptions(Uri Url, TimeSpan Interval, TimeSpan Timeout, int Fall, int Rise)
{
    // A verdict that is away for a moment, because its sidecar is restarted, is the one that was given before.
    private const int LeastSilences = 3;

    /// <summary>After how many questions without a verdict in a row there is none.</summary>
    public int Silences => Math.Max(Fall, LeastSilences);

    public override string ToString() =>
        $"drain on {Url}: asked every {ValueForms.Show(Interval)}; not ready while it answers 503, once it was 200 ({Fall} in a row), and back with {Rise} in a row of 200";
}
