namespace Sidecar.Ambassador.Http;

/// <summary>How often and how long one request is tried.</summary>
/// <param name="Retries">How often one request may be tried again after it was sent, each time on another endpoint.</param>
/// <param name="BudgetPercent">How many of a hundred requests may be.</param>
/// <param name="BufferBytes">How much of a request's body is kept for that.</param>
/// <param name="TryTimeout">How long one try may take until its answer begins; zero for ever.</param>
/// <param name="Deadline">How long all of them may take together; zero for ever.</param>
internal sealed record RetryOptions(int Retries, int BudgetPercent, int BufferBytes, TimeSpan TryTimeout, TimeSpan Deadline);
