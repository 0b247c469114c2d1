using Microsoft.Extensions.Logging;

namespace Sidecar.Logs;

/// The end of a sidecar's work. The app writes its last lines after our stop signal, with pauses, so files are followed on until
/// they are quiet, or the app is known to be gone, or time is running out; then everything is read to its end, what is
/// incomplete is taken as it is, and it is waited until all of it is stored.
internal sealed partial class LogsDrain(LogsPipeline pipeline, LogsOptions options, TimeProvider time, ILogger<LogsDrain> logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan HalfLinePatience = TimeSpan.FromSeconds(1);

    /// Whether the app is known to be gone.
    public Func<bool> IsAppGone { get; init; } = static () => false;

    /// How long there is until the process ends; null when nobody has asked it to.
    public Func<TimeSpan?> TimeLeft { get; init; } = static () => null;

    /// How long before the end following stops, so that what was read can be sent.
    public TimeSpan Reserve { get; init; } = TimeSpan.FromSeconds(5);

    /// What is kept for the stop itself: the last answers, and the last write of the state.
    public TimeSpan StopReserve { get; init; } = TimeSpan.FromSeconds(2);

    /// While the loops of the pipeline go on.
    public async Task RunAsync(CancellationToken deadline)
    {
        if (!IsAppGone())
            Log.Following(logger, options.QuietPeriod.TotalSeconds, pipeline.UnreadBytes);
        try
        {
            do
            {
                pipeline.Relax();
                await FollowAsync(deadline);
                await FinishAsync(deadline);
            }

            // On a busy machine it may only have seemed quiet: nobody had come to look.
            while (!IsAppGone() && !IsTimeUp(Reserve) && pipeline.Quiet < options.QuietPeriod);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
        }

        if (pipeline.UnreadBytes > 0)
            Log.CutShort(logger, pipeline.UnreadBytes, options.StateFolder);
        pipeline.Save();
        // After the drain call the agent lives on.
        if (TimeLeft() is null)
            pipeline.Relax();
    }

    /// What stays behind, to be said last.
    public string LastWords() => pipeline.UnreadBytes is var unread && unread == 0
        ? "0 bytes stayed behind."
        : $"{unread} bytes stayed behind; the next run sends them, if it has both the files and '{options.StateFolder}'.";

    private async Task FollowAsync(CancellationToken deadline)
    {
        var begun = time.GetTimestamp();
        while (!IsAppGone() && !IsTimeUp(Reserve))
        {
            // However quiet it was before: the app has just been asked to end, and that is when it has something to say.
            if (time.GetElapsedTime(begun) >= options.QuietPeriod && pipeline.Quiet >= options.QuietPeriod)
                return;

            pipeline.RetrySoon();
            await Task.Delay(LookInterval, time, deadline);
        }
    }

    private async Task FinishAsync(CancellationToken deadline)
    {
        // Nobody is left to end a half line.
        pipeline.Hurry(IsAppGone() ? TimeSpan.Zero : HalfLinePatience);
        var looksBefore = pipeline.Looks;
        // The look that is under way may have begun before we did.
        while ((pipeline.Looks < looksBefore + 2 || !pipeline.IsDone) && !IsTimeUp(StopReserve))
        {
            pipeline.RetrySoon();
            await Task.Delay(LookInterval, time, deadline);
        }
    }

    private bool IsTimeUp(TimeSpan reserve) => TimeLeft() is { } left && left <= reserve;

    private static partial class Log
    {
        [LoggerMessage(1602, LogLevel.Warning,
            "The drain ends with {Unread} bytes unsent. They are sent by the next run that has both the files and '{Folder}'.")]
        public static partial void CutShort(ILogger logger, long unread, string folder);

        [LoggerMessage(1603, LogLevel.Information,
            "Following the files until they are quiet for {Seconds} s (LOGS_QUIET_PERIOD); {Unread} bytes are still to be sent.")]
        public static partial void Following(ILogger logger, double seconds, long unread);
    }
}
