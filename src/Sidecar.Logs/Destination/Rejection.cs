namespace Sidecar.Logs.Destination;

/// A run of a batch's events, by index, that the service will never store.
internal readonly record struct Rejection(RejectionReason Reason, int First, int Count);
