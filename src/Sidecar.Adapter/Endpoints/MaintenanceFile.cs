using Microsoft.Extensions.Hosting;
using Sidecar.Adapter.Verdicts;
using Sidecar.Hosting.Work;

namespace Sidecar.Adapter.Endpoints;

/// Follows the file that stands for maintenance: while it is there, the app is being worked on. Only its coming and going
/// count, so that the command and the file don't undo each other.
internal sealed class MaintenanceFile(string path, VerdictSource source, Loops loops, TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private bool _wasThere;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Look();
        _running = loops.RunAsync("maintenance file", LookAgainAsync, Interval * 10, _stopping.Token);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_stopping.CancelAsync(), _running);

    public void Dispose() => _stopping.Dispose();

    private async Task LookAgainAsync(CancellationToken stopping)
    {
        await Task.Delay(Interval, time, stopping);
        Look();
    }

    private void Look()
    {
        var isThere = File.Exists(path);
        if (isThere != _wasThere)
            source.Maintain(isThere);
        _wasThere = isThere;
    }
}
