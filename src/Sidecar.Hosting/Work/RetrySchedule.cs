namespace Sidecar.Hosting.Work;

/// <summary>
/// How long to wait after the n-th failure in a row: doubled each time up to a ceiling, and between half and all of it by
/// jitter, so that many sidecars don't come back in step.
/// </summary>
/// <param name="first">The wait after the first failure, before jitter.</param>
/// <param name="ceiling">The longest wait, before jitter.</param>
/// <param name="jitter">A number from 0 to 1 for each wait.</param>
public sealed class RetrySchedule(TimeSpan first, TimeSpan ceiling, Func<double> jitter)
{
    public TimeSpan After(int failures)
    {
        // 2^30 of any first wait is beyond every ceiling.
        var doubled = first.TotalSeconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 30));
        var whole = Math.Min(doubled, ceiling.TotalSeconds);
        return TimeSpan.FromSeconds(whole * (0.5 + (0.5 * jitter())));
    }
}
