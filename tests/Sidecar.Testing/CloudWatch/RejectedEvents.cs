namespace Sidecar.Testing.CloudWatch;

/// Which events of a batch are not stored although the call succeeds: the service's rejectedLogEventsInfo.
internal readonly record struct RejectedEvents(int? TooOldEnd, int? ExpiredEnd, int? TooNewStart)
{
    public bool Any => TooOldEnd is not null || ExpiredEnd is not null || TooNewStart is not null;

    /// The range of the batch that is stored.
    public Range Valid(int count)
    {
        var start = Math.Max(TooOldEnd ?? 0, ExpiredEnd ?? 0);
        return start..Math.Max(start, TooNewStart ?? count);
    }
}
