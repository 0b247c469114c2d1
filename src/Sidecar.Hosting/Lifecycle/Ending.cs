using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Lifecycle;

/// <summary>
/// From the stop signal to the exit code: not ready at once, wait for the app, drain, stop, all within
/// SIDECAR_SHUTDOWN_TIMEOUT; a second signal ends at once.
/// </summary>
internal sealed partial class Ending(
    BoundSettings settings, AgentState state, Drain drain, ProcessEnd processEnd, TargetWatch watch, TimeProvider time, ILogger<Ending> logger)
{
    public async Task<int> RunAsync(IHost host, StopSignals signals)
    {
        var by = await processEnd.Asked;
        state.IsDraining = true;
        var timeout = settings.Get(SharedSettings.ShutdownTimeout);
        state.EndsWithin(timeout);
        Log.Stopping(logger, by, timeout.TotalSeconds);
        using var deadline = new CancellationTokenSource(timeout, time);
        var end = EndAsync(host, deadline.Token);
        if (await Task.WhenAny(end, signals.Second) == signals.Second)
        {
            return AtOnce();
        }

        await end;
        Log.Stopped(logger, processEnd.ExitCode, LastWords());
        return processEnd.ExitCode;
    }

    /// <summary>What a second signal asks for.</summary>
    public int AtOnce()
    {
        processEnd.CutShort();
        Log.SecondSignal(logger, LastWords());
        return ExitCodes.Failed;
    }

    private async Task EndAsync(IHost host, CancellationToken deadline)
    {
        if (!processEnd.HasFailed)
        {
            await WaitForAppAsync(deadline);
        }

        await drain.RunAsync(deadline);
        try
        {
            await AgentHost.StopAsync(host, deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            processEnd.CutShort();
            Log.StopCutShort(logger);
        }
    }

    private async Task WaitForAppAsync(CancellationToken deadline)
    {
        if (settings.Get(SharedSettings.ShutdownWaitFor) is not { } target)
        {
            return;
        }

        var patience = settings.Get(SharedSettings.ShutdownTimeout) - settings.Get(SharedSettings.DrainReserve);
        var waitingSince = time.GetTimestamp();
        var isFirst = true;
        while (time.GetElapsedTime(waitingSince) < patience)
        {
            if (!IsThere(target))
            {
                // What was never seen may be about to start, or go by another name.
                state.IsAppGone |= !isFirst;
                Log.WaitOver(logger, target.ToString(), isFirst ? "was not there" : "is gone");
                return;
            }

            if (isFirst)
            {
                Log.Waiting(logger, target.ToString());
                isFirst = false;
            }

            await Task.Delay(TargetWatch.Interval, time, deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Log.WaitGivenUp(logger, target.ToString());
    }

    private bool IsThere(WatchTarget target)
    {
        try
        {
            return watch.IsThere(target);
        }
        catch (Exception e) when (Loops.IsExpected(e))
        {
            // What can't be seen can't be waited for.
            return false;
        }
    }

    private string LastWords() => state.LastWords is { } words ? " " + words() : "";

    private static partial class Log
    {
        [LoggerMessage(1051, LogLevel.Information, "Stopping, asked by {By}; at most {Seconds} s.")]
        public static partial void Stopping(ILogger logger, string by, double seconds);

        [LoggerMessage(1052, LogLevel.Information, "Stopped; exit code {ExitCode}.{LastWords}")]
        public static partial void Stopped(ILogger logger, int exitCode, string lastWords);

        [LoggerMessage(1053, LogLevel.Warning, "A second signal: ending at once, without draining.{LastWords}")]
        public static partial void SecondSignal(ILogger logger, string lastWords);

        [LoggerMessage(1054, LogLevel.Information, "Serving on until {Target} is gone.")]
        public static partial void Waiting(ILogger logger, string target);

        [LoggerMessage(1055, LogLevel.Information, "{Target} {What}; draining.")]
        public static partial void WaitOver(ILogger logger, string target, string what);

        [LoggerMessage(1056, LogLevel.Warning, "{Target} is still there, but the time that is left is needed for the drain.")]
        public static partial void WaitGivenUp(ILogger logger, string target);

        [LoggerMessage(1057, LogLevel.Warning, "The deadline cut the stop short.")]
        public static partial void StopCutShort(ILogger logger);
    }
}
