using Microsoft.Extensions.Hosting;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Http.Telling;

/// <summary>Keeps the access logs of all routes going: routes that name the same target share one. Stopped after those that write.</summary>
internal sealed class AccessLogs(AmbassadorMetrics metrics, Loops loops, TimeProvider time) : IHostedService, IDisposable
{
    private readonly Dictionary<LogTarget, AccessLog> _logs = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _loops = Task.CompletedTask;

    /// <summary>Null for no target. All are asked for before the start.</summary>
    public AccessLog? Of(LogTarget? target)
    {
        if (target == null) return null;
        if (!_logs.TryGetValue(target, out var log)) _logs[target] = log = new AccessLog(target, metrics, time);
        return log;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loops = Task.WhenAll(_logs.Values.Select(log => loops.RunAsync($"access log {log.Target}", log.TurnAsync, maxSilence: null, _stopping.Token)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loops;
        foreach (var log in _logs.Values) await loops.RunScopedAsync($"access log {log.Target}", log.FlushAsync, cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();
}
