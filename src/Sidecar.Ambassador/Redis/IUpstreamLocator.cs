namespace Sidecar.Ambassador.Redis;

/// Knows where the upstream is: one server's address, or whom the Sentinels say.
internal interface IUpstreamLocator : IDisposable
{
    /// Looks once and waits until it is time to look again.
    Task TurnAsync(CancellationToken stopping);

    /// A connection failed or is silent: look now.
    void Suspect(string reason);
}
