namespace Sidecar.Logs.Batching;

/// What PutLogEvents takes in one call. Every destination is held to it, so that changing it changes no batch.
internal static class BatchLimits
{
    /// The sum over all events of message bytes and EventOverheadBytes; the size of the JSON does not count.
    public const int MaxBytes = 1_048_576;

    public const int EventOverheadBytes = 26;
    public const int MaxEvents = 10_000;
    public const int MaxMessageBytes = MaxBytes - EventOverheadBytes;
    public const long MaxSpanMs = 24L * 60 * 60 * 1000;
}
