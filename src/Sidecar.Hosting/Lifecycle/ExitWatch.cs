using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Lifecycle;

/// <summary>
/// Watches the app: ends the agent when SIDECAR_EXIT_WITH has been seen and is gone.
/// </summary>
internal sealed partial class ExitWatch(
    BoundSettings settings, TargetWatch watch, Loops loops, AgentState state, ProcessEnd processEnd, TimeProvider time, ILogger<ExitWatch> logger) : IHostedService, IDisposable
{
    private readonly WatchTarget? _exitWith = settings.Get(SharedSettings.ExitWith);
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private volatile bool _hasSeen;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_exitWith is not null)
        {
            state.Section("exit_with", () => new JsonObject { ["target"] = _exitWith.ToString(), ["seen"] = _hasSeen });
            _loop = loops.RunAsync("exit watch", LookAsync, TimeSpan.FromMinutes(1), _stopping.Token);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task LookAsync(CancellationToken stopping)
    {
        if (watch.IsThere(_exitWith!))
        {
            _hasSeen = true;
        }
        else if (_hasSeen && !state.IsAppGone)
        {
            state.IsAppGone = true;
            Log.TargetGone(logger, _exitWith!.ToString());
            processEnd.Ask($"the end of {_exitWith}");
        }

        await Task.Delay(TargetWatch.Interval, time, stopping);
    }

    private static partial class Log
    {
        [LoggerMessage(1041, LogLevel.Information, "{Target} is gone; draining and ending with it.")]
        public static partial void TargetGone(ILogger logger, string target);
    }
}
