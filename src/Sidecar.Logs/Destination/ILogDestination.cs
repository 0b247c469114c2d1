using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;

/// Takes a batch, or says why not.
internal interface ILogDestination
{
    /// Returns when the batch is stored for good, or when trying on is pointless for now. Waiting out throttling, 5xx and lost
    /// connections is the destination's; cancellation throws, and the batch may then have been stored or not.
    Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken);
}
