namespace Sidecar.Logs.Destination;

/// <summary>What became of a batch. Only <see cref="Stored"/> lets its ranges be acknowledged.</summary>
internal abstract record SendResult
{
    private SendResult()
    {
    }

    /// <summary>Every event of the batch was stored.</summary>
    public static SendResult StoredAll { get; } = new Stored([]);

    /// <summary>The batch is done with; these of its events were refused for what they are and will never be stored.</summary>
    public sealed record Stored(IReadOnlyList<Rejection> Rejected) : SendResult;

    /// <summary>Too many requests; not before <paramref name="After"/>.</summary>
    public sealed record Throttled(TimeSpan After) : SendResult;

    /// <summary>No answer, or one that says nothing about the batch.</summary>
    public sealed record Unavailable(string Reason) : SendResult;

    /// <summary>We are not allowed, or not known. Someone has to change something outside.</summary>
    public sealed record Refused(string Reason) : SendResult;

    /// <summary>Something in the batch is not taken. Halves of it may be.</summary>
    public sealed record Poison(string Reason) : SendResult;
}
