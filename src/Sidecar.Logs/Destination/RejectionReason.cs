namespace Sidecar.Logs.Destination;

/// <summary>Why an event was not stored although its batch was.</summary>
internal enum RejectionReason
{
    TooOld,
    TooNew,

    /// <summary>Older than what the group keeps.</summary>
    Expired,

    /// <summary>Alone in a batch, it was still refused.</summary>
    Poison,
}
