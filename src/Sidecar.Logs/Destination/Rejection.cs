namespace Sidecar.Logs.Destination;

/// <summary>A run of a batch's events, by index, that the service will never store.</summary>
internal readonly record struct Rejection(RejectionReason Reason, int First, int Count);
