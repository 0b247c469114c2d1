using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Work;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Observing;

namespace Sidecar.Logs;

/// The pipeline's life in the process: its loops, its drain, and what the agent says of it.
internal sealed partial class LogsService(
    LogsOptions options,
    ILogDestination destination,
    LogsMetrics metrics,
    Loops loops,
    AgentState state,
    Drain drain,
    BoundSettings settings,
    TimeProvider time,
    ILoggerFactory loggers) : IHostedService, IDisposable
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(2);

    /// Longer than any destination takes to answer, creating a group and a stream on the way.
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger<LogsService> _logger = loggers.CreateLogger<LogsService>();
    private LogsPipeline? _pipeline;
    private LogsDrain? _drain;
    private bool _hasDrained;
    private Task _running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var pipeline = _pipeline = Open();
        var hasLooked = state.Require("files");
        var delivery = state.Degraded("delivery");
        var memory = state.Degraded(
            "state", "Give LOGS_STATE_DIR room, and the agent's user the right to write there (fsGroup: 1654), on a volume that outlives the container.");
        LogsPage.AddTo(state, pipeline, metrics);
        _drain = NewDrain(pipeline);
        state.LastWords = _drain.LastWords;
        drain.OnDrain("logs", DrainAsync);

        var running = new List<Task>
        {
            loops.RunAsync("logs files", LookAsync, LongestLook, _stopping.Token),
            loops.RunAsync("logs checkpoints", pipeline.SaveAsync, null, _stopping.Token),
            loops.RunAsync("logs progress", pipeline.WatchAsync, LongestStandstill, _stopping.Token),
        };
        for (var i = 1; i <= LogsPipeline.ShippingLoops; i++)
            running.Add(loops.RunAsync($"logs shipping {i}", pipeline.NewShippingTurn(), null, _stopping.Token));
        if (options.TaskMetadata is { } metadata)
            running.Add(loops.RunAsync("logs task metadata", stopping => AskTaskAsync(metadata, stopping), null, _stopping.Token));
        _running = Task.WhenAll(running);
        return Task.CompletedTask;

        async Task LookAsync(CancellationToken cancellation)
        {
            await pipeline.LookAsync(cancellation);
            hasLooked.Met();
            if (pipeline.Forgetting is { } forgetting)
                memory.Begin(forgetting);
            else
                memory.End();

            if (pipeline.Stall is { } stall)
            {
                if (delivery.Begin(stall.Reason, stall.Remedy))
                    Log.Stalled(_logger, stall.Reason);
            }
            else if (delivery.End())
            {
                Log.Delivers(_logger);
            }
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // The drain call may have come long before, and the app has gone on.
        if (_pipeline is not null && !_hasDrained && state.TimeLeft is not null)
            await DrainAsync(cancellationToken);
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken);
        // The answers to what was on its way may have come last.
        _pipeline?.Save();
    }

    public void Dispose()
    {
        _pipeline?.Dispose();
        _stopping.Dispose();
    }

    /// Asked until it answers, and then no more: a task keeps its name.
    private async Task AskTaskAsync(Uri metadata, CancellationToken stopping)
    {
        var trouble = state.Degraded(
            "task metadata", "On ECS it passes by itself. Elsewhere nothing tells the task: take {task} and its like out of the names of groups and streams.");
        try
        {
            options.Surroundings.Learn(await TaskMetadata.AskAsync(metadata, stopping));
            trouble.End();
        }
        catch (IOException e)
        {
            trouble.Begin($"files wait for their streams' names: {e.Message}");
            throw;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, time, stopping);
    }

    private async Task DrainAsync(CancellationToken deadline)
    {
        await _drain!.RunAsync(deadline);
        _hasDrained = state.TimeLeft is not null;
    }

    private LogsDrain NewDrain(LogsPipeline pipeline)
    {
        var timeout = settings.Get(SharedSettings.ShutdownTimeout);
        var reserve = settings.Get(SharedSettings.DrainReserve);
        return new LogsDrain(pipeline, options, time, loggers.CreateLogger<LogsDrain>())
        {
            IsAppGone = () => state.IsAppGone,
            TimeLeft = () => state.TimeLeft,
            // With a short time-out there is still some time to follow, and some to send.
            Reserve = reserve < timeout / 2 ? reserve : timeout / 2,
            StopReserve = TimeSpan.FromSeconds(Math.Min(2, timeout.TotalSeconds / 10)),
        };
    }

    private LogsPipeline Open()
    {
        try
        {
            return new LogsPipeline(options, destination, metrics, time, Random.Shared.NextDouble, loggers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"LOGS_STATE_DIR={options.StateFolder}: {FileTrouble.Reason(e)}", e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1501, LogLevel.Warning, "Delivery has stalled: {Stall}. Everything stays in its files until it is taken.")]
        public static partial void Stalled(ILogger logger, string stall);

        [LoggerMessage(1502, LogLevel.Information, "Delivery works again.")]
        public static partial void Delivers(ILogger logger);
    }
}
