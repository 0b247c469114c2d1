namespace Sidecar.Ambassador;

/// <summary>Why something was tried again on another endpoint; a label of metrics, so the set is closed.</summary>
internal enum RetryReason
{
    Connect,
    Reset,
    Status,
    Timeout,
    Hang,
}
