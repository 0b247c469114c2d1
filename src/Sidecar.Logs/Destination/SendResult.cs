namespace Sidecar.Logs.Destination;

/// What became of a batch. Only Stored lets its ranges be acknowledged.
internal abstract record SendResult
{
    private SendResult()
    {
    }

    /// Every event of the batch was stored.
    public static SendResult StoredAll { get; } = new Stored([]);

    /// The batch is done with; these of its events were refused for what they are and will never be stored. At is the service's
    /// time, by which it judges theirs; null where the destination has no clock of its own.
    public sealed record Stored(IReadOnlyList<Rejection> Rejected, DateTimeOffset? At = null) : SendResult;

    /// Too many requests; not before After.
    public sealed record Throttled(TimeSpan After) : SendResult;

    /// No answer, or one that says nothing about the batch. Too slow is one that went forward: a smaller one may get through in time.
    public sealed record Unavailable(string Reason, bool IsTooSlow = false) : SendResult;

    /// We are not allowed, or not known. Someone has to change something outside.
    public sealed record Refused(string Reason) : SendResult;

    /// Something in the batch is not taken. Halves of it may be.
    public sealed record Poison(string Reason) : SendResult;
}
