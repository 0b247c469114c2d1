using Sidecar.Testing;

namespace Sidecar.Docker.Tests.Kubernetes;

/// Asks a pod what kubelet would ask, which podman leaves out: a GET on the pod's address with kubelet's time-out, where 200 to 399 is yes.
internal sealed class Kubelet(PodNetwork network, CancellationToken cancellation)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// Until it has said yes, within the failures that it is allowed.
    public async Task StartAsync(ManifestProbe probe) => await Eventually.MatchAsync(
        () => AskAsync(probe), answer => answer.IsYes, TimeSpan.FromSeconds(probe.PeriodSeconds * probe.FailureThreshold), cancellation, $"{probe.Kind} {probe.Port}{probe.Path}");

    public async Task<ProbeAnswer> AskAsync(ManifestProbe probe)
    {
        var (status, body) = await network.GetAsync(probe.Port, probe.Path, Timeout, cancellation);
        return new ProbeAnswer(status is >= 200 and < 400, $"{status}: {body}");
    }
}

/// What a probe was answered.
internal sealed record ProbeAnswer(bool IsYes, string Said);
