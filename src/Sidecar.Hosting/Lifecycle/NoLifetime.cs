using Microsoft.Extensions.Hosting;

namespace Sidecar.Hosting.Lifecycle;

/// <summary>Takes the place of the console lifetime: signals are ours (<see cref="StopSignals"/>), since a stop signal only begins the drain.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
