namespace Sidecar.Logs.Destination;

/// Why an event was not stored although its batch was.
internal enum RejectionReason
{
    TooOld,
    TooNew,

    /// Older than what the group keeps.
    Expired,

    /// Alone in a batch, it was still refused.
    Poison,
}
