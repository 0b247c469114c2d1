using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes;

/// Asks one probe again and again, never twice at once, and reports each answer within its time-out, also when the probe
/// itself does not come back.
internal sealed partial class ProbeRunner(
    ProbePlan plan,
    IProbe probe,
    Action<ProbeResult> report,
    TimeProvider time,
    Func<double> jitter,
    ILogger<ProbeRunner> logger) : IDisposable
{
    // A probe that was told to stop needs a moment to say what it was waiting for.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    private readonly ProbeSchedule _schedule = plan.Schedule;
    private readonly SemaphoreSlim _turn = new(1);
    private Task<ProbeResult>? _asking;
    private long _askedAt;
    private long _lastStart;
    private TimeSpan? _toNextStart;
    private int _missesInARow;

    /// How long one turn may take before it is stuck.
    public TimeSpan MaxSilence => _schedule.InitialDelay + (_schedule.Interval * 2) + _schedule.Timeout + TimeSpan.FromSeconds(10);

    public string Name => plan.Name;

    /// Waits for the next start, asks, reports.
    public async Task TakeTurnAsync(CancellationToken stopping)
    {
        await WaitForStartAsync(stopping);
        var isFirst = _toNextStart is null;
        await _turn.WaitAsync(stopping);
        ProbeResult result;
        try
        {
            _lastStart = time.GetTimestamp();
            result = await AskAsync(stopping) with { Cost = time.GetElapsedTime(_lastStart) };
        }
        finally
        {
            _turn.Release();
        }
        _missesInARow = result.HasPassed ? 0 : _missesInARow + 1;
        _toNextStart = isFirst ? _schedule.ToSecondStart(jitter()) : _schedule.ToNextStart(result.Cost, _missesInARow);
        report(result);
    }

    /// Asks at once, between two turns, for one who wants to see it; the answer counts for nothing.
    public async Task<ProbeResult> AskNowAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var started = time.GetTimestamp();
            return await AskAsync(cancellation) with { Cost = time.GetElapsedTime(started) };
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private Task WaitForStartAsync(CancellationToken stopping)
    {
        var wait = _toNextStart is { } gap ? gap - time.GetElapsedTime(_lastStart) : _schedule.InitialDelay;
        return wait > TimeSpan.Zero ? Task.Delay(wait, time, stopping) : Task.CompletedTask;
    }

    private async Task<ProbeResult> AskAsync(CancellationToken stopping)
    {
        if (_asking is { IsCompleted: false })
            return StillHanging();

        _askedAt = time.GetTimestamp();
        _asking = AskOnceAsync();
        try
        {
            return await _asking.WaitAsync(_schedule.Timeout + Grace, time, stopping);
        }
        catch (TimeoutException)
        {
            return StillHanging();
        }
    }

    private ProbeResult StillHanging() =>
        new(Answer.TimedOut, $"has not come back for {time.GetElapsedTime(_askedAt).TotalSeconds:0}s");

    // Not linked to the stop signal: the turn stops waiting by itself, and the time-out ends the question.
    private async Task<ProbeResult> AskOnceAsync()
    {
        // A look at a dead network file system blocks its thread: that must not be the loop's.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var timeout = new CancellationTokenSource(_schedule.Timeout, time);
        try
        {
            var result = await probe.AskAsync(timeout.Token);
            return result.Answer == Answer.TimedOut
                ? result with { Reason = $"{result.Reason} (after {ValueForms.Show(_schedule.Timeout)})" }
                : result;
        }
        catch (Exception broken)
        {
            Log.ProbeBroke(logger, broken, plan.Name);
            return ProbeResult.Unknown($"the probe itself broke ({broken.GetType().Name}); the log has more");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Error, "Probe '{Probe}' met something unexpected; its answer counts as unknown and it is asked again.")]
        public static partial void ProbeBroke(ILogger logger, Exception exception, string probe);
    }
}
