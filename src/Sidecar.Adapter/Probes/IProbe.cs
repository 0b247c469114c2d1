namespace Sidecar.Adapter.Probes;

/// Asks one question of the app. Never throws: whatever goes wrong is the answer, with its reason. The token is the
/// time-out, and a probe that it stops says what it was waiting for.
internal interface IProbe
{
    Task<ProbeResult> AskAsync(CancellationToken timeout);
}
