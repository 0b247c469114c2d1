using Microsoft.Extensions.Logging;

namespace Sidecar.Hosting.Work;

/// <summary>What each agent does between the stop signal and its end. Steps run side by side and share one deadline.</summary>
public sealed partial class Drain(AgentState state, Loops loops, ILogger<Drain> logger)
{
    private readonly Lock _lock = new();
    private readonly List<KeyValuePair<string, Func<CancellationToken, Task>>> _steps = [];
    private Task? _running;

    /// <param name="step">Finishes what is under way; its token ends at the deadline.</param>
    public void OnDrain(string name, Func<CancellationToken, Task> step)
    {
        lock (_lock)
        {
            _steps.Add(KeyValuePair.Create(name, step));
        }
    }

    /// <summary>Drains once; a second call waits for the first, until its own deadline.</summary>
    internal async Task RunAsync(CancellationToken deadline)
    {
        Task running;
        lock (_lock)
        {
            running = _running ??= RunStepsAsync([.. _steps], deadline);
        }

        await running.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunStepsAsync(KeyValuePair<string, Func<CancellationToken, Task>>[] steps, CancellationToken deadline)
    {
        state.IsDraining = true;
        await Task.WhenAll(steps.Select(step => loops.RunScopedAsync("drain " + step.Key, step.Value, deadline)));
        if (deadline.IsCancellationRequested)
        {
            Log.CutShort(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1011, LogLevel.Warning, "The deadline cut the drain short.")]
        public static partial void CutShort(ILogger logger);
    }
}
