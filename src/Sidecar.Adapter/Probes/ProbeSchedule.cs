namespace Sidecar.Adapter.Probes;

/// When a probe runs. Starts are one interval apart, however long an answer takes. Only while a miss waits to be believed
/// does a slow one pull the next start forward, so that a target that hangs is found out as soon as one that refuses.
internal sealed record ProbeSchedule(TimeSpan Interval, TimeSpan Timeout, int Fall, int Rise)
{
    /// How long after the start the first question comes.
    public TimeSpan InitialDelay { get; init; }

    /// Among how many of the last answers misses are counted; 0 for those in a row.
    public int Window { get; init; }

    /// One that went down again within this time after it came up has to pass for as long.
    public TimeSpan Damping { get; init; }

    /// What a change may take beyond fall x interval.
    private static readonly TimeSpan Allowance = TimeSpan.FromSeconds(1);

    /// From one start to the next; may lie in the past when the run took longer.
    public TimeSpan ToNextStart(TimeSpan cost, int missesInARow)
    {
        var isWaitingToBeBelieved = missesInARow > 0 && missesInARow < Fall;
        return isWaitingToBeBelieved && cost > Allowance ? Interval - (cost - Allowance) : Interval;
    }

    /// The first run is at once, or after the initial delay, the second at a random point of the interval after that: probes of one pod, and of all pods that
    /// start together, don't stay in step.
    public TimeSpan ToSecondStart(double jitter) => Interval * (0.5 + (0.5 * jitter));

    /// From the moment a target hangs, right after it answered, to the verdict.
    public TimeSpan WorstCaseToFall()
    {
        var start = Interval;
        for (var miss = 1; ; miss++)
        {
            var end = start + Timeout;
            if (miss >= Fall)
                return end;

            var next = start + ToNextStart(Timeout, miss);
            start = next > end ? next : end;
        }
    }

    /// From the moment a target answers again, right after it was asked in vain, to the verdict.
    public TimeSpan WorstCaseToRise() => (Timeout > Interval ? Timeout : Interval) + (Interval * (Rise - 1)) + Timeout;
}
