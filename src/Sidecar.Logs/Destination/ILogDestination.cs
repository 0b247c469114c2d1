using Sidecar.Logs.Batching;

namespace Sidecar.Logs.Destination;

/// Takes a batch, or says why not.
internal interface ILogDestination
{
    /// Returns when the batch is stored for good, or with the reason why it is not; then nothing of it is, unless an answer was
    /// lost on the way. Answers within a minute or two: waiting until it may be tried again is the caller's, who can send other
    /// streams meanwhile and more events next time. Called for several streams at once. Cancellation throws, and the batch may
    /// then have been stored or not.
    Task<SendResult> SendAsync(LogBatch batch, CancellationToken cancellationToken);
}
