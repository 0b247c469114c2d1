using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;

namespace Sidecar.Hosting.Work;

/// <summary>
/// Runs every long-lived piece of an agent and sees how it ends: a loop never dies quietly while the process lives on.
/// </summary>
public sealed partial class Loops(TimeProvider time, ProcessEnd processEnd, HostingMetrics metrics, ILogger<Loops> logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryCeiling = TimeSpan.FromSeconds(15);

    private readonly RetrySchedule _schedule = new(FirstRetry, RetryCeiling, Random.Shared.NextDouble);
    private readonly Lock _lock = new();
    private readonly List<Loop> _loops = [];

    /// <summary>The loops that the process lives by, for /livez and the status page.</summary>
    public IReadOnlyList<Loop> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _loops];
            }
        }
    }

    /// <summary>
    /// A loop that the process lives by. <paramref name="turn"/> is called again and again until <paramref name="stopping"/>
    /// and does its own waiting. Expected errors (I/O, sockets, HTTP, time-outs, permissions) are retried with back-off, logged
    /// on the change and counted; an unexpected one ends the process with 1.
    /// </summary>
    /// <param name="maxSilence">When one turn takes longer, /livez turns 503; null when a turn may wait for ever.</param>
    public async Task RunAsync(string name, Func<CancellationToken, Task> turn, TimeSpan? maxSilence, CancellationToken stopping)
    {
        var loop = new Loop(name, maxSilence, time);
        lock (_lock)
        {
            _loops.Add(loop);
        }

        metrics.LoopRuns(name);
        // The caller starts several loops in a row: none runs on the caller's stack.
        await Task.Yield();
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await TakeTurnAsync(loop, turn, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception) when (processEnd.IsCutShort)
        {
        }
        catch (Exception e)
        {
            metrics.LoopFailed(name);
            Log.ProcessLoopBroke(logger, e, name);
            processEnd.Fail();
        }
        finally
        {
            loop.End();
            Forget(loop);
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> once, in the scope of one connection, file or probe: whatever it meets ends only this scope,
    /// logged and counted, and is never thrown.
    /// </summary>
    public async Task RunScopedAsync(string name, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            await work(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception) when (processEnd.IsCutShort)
        {
        }
        catch (Exception e) when (IsExpected(e))
        {
            Log.ScopeEnded(logger, name, e.GetType().Name, Reason(e));
        }
        catch (Exception e)
        {
            metrics.LoopFailed(name);
            Log.ScopeBroke(logger, e, name);
        }
    }

    /// <summary>What the world may do to a program that is right.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is IOException or SocketException or HttpRequestException or TimeoutException or UnauthorizedAccessException;

    // Of files the framework's own words are stripped from trimmed programs.
    private static string Reason(Exception exception) =>
        exception is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException ? FileTrouble.Reason(exception) : exception.Message;

    // Apart and never inlined: as published (ReadyToRun), the lock inside the finally of the async method above was now and then
    // never released, and the program could not stop.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Forget(Loop loop)
    {
        lock (_lock)
        {
            _loops.Remove(loop);
        }
    }

    private async Task TakeTurnAsync(Loop loop, Func<CancellationToken, Task> turn, CancellationToken stopping)
    {
        try
        {
            await turn(stopping);
            if (loop.FailuresInARow > 0)
            {
                Log.LoopRecovered(logger, loop.Name, loop.FailuresInARow);
            }

            loop.Succeed();
        }
        catch (Exception e) when (IsExpected(e) && !stopping.IsCancellationRequested)
        {
            metrics.LoopFailed(loop.Name);
            var failures = loop.Fail();
            var wait = _schedule.After(failures);
            if (failures == 1)
            {
                Log.LoopFailed(logger, loop.Name, e.GetType().Name, Reason(e));
            }

            await Task.Delay(wait, time, stopping);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Critical, "Loop '{Loop}' met something unexpected; the process ends with 1.")]
        public static partial void ProcessLoopBroke(ILogger logger, Exception exception, string loop);

        [LoggerMessage(1002, LogLevel.Warning, "Loop '{Loop}' failed ({Error}: {Reason}); retrying with back-off.")]
        public static partial void LoopFailed(ILogger logger, string loop, string error, string reason);

        [LoggerMessage(1003, LogLevel.Information, "Loop '{Loop}' works again after {Failures} failures.")]
        public static partial void LoopRecovered(ILogger logger, string loop, int failures);

        [LoggerMessage(1004, LogLevel.Debug, "'{Scope}' ended ({Error}: {Reason}).")]
        public static partial void ScopeEnded(ILogger logger, string scope, string error, string reason);

        [LoggerMessage(1005, LogLevel.Error, "'{Scope}' met something unexpected and was ended; the rest goes on.")]
        public static partial void ScopeBroke(ILogger logger, Exception exception, string scope);
    }
}
