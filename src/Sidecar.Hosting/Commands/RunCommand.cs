using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sidecar.Hosting.Lifecycle;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;
using Sidecar.Hosting.Work;

namespace Sidecar.Hosting.Commands;

/// <summary>The whole life of a running agent, from its settings to its exit code.</summary>
internal static partial class RunCommand
{
    /// <summary>For what has started when the start as a whole failed: it served nobody yet.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(SidecarContext context, CancellationToken stopping)
    {
        if (context.Compose(isCheck: false) is not { } composed)
        {
            return ExitCodes.Usage;
        }

        var (settings, plan) = composed;
        CheckWatched(settings, plan);
        if (context.Report(settings))
        {
            return ExitCodes.Usage;
        }

        var host = AgentHost.Build(context, settings, plan);
        var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Sidecar.Hosting");
        Announce(logger, settings, host.Services.GetRequiredService<BuildInfo>());
        var processEnd = host.Services.GetRequiredService<ProcessEnd>();
        using var signals = new StopSignals(processEnd);
        await using var asked = stopping.Register(() => processEnd.Ask("the caller"));
        try
        {
            return await LiveAsync(context, settings, host, signals, logger, stopping);
        }
        finally
        {
            await AgentHost.LetGoAsync(host, signals.Second);
        }
    }

    private static async Task<int> LiveAsync(
        SidecarContext context, BoundSettings settings, IHost host, StopSignals signals, ILogger logger, CancellationToken stopping)
    {
        var ending = host.Services.GetRequiredService<Ending>();
        try
        {
            var start = host.StartAsync(stopping);
            if (await Task.WhenAny(start, signals.Second) == signals.Second)
            {
                return ending.AtOnce();
            }

            await start;
        }
        catch (Exception e) when (e is ListenException or StartException)
        {
            context.Error.WriteLine($"sidecar-{settings.Schema.Agent}: {e.Message}");
            await StopQuietlyAsync(host, settings, context.Time);
            return ExitCodes.Failed;
        }
        catch (Exception e)
        {
            Log.StartFailed(logger, e);
            await StopQuietlyAsync(host, settings, context.Time);
            return ExitCodes.Failed;
        }

        host.Services.GetRequiredService<AgentState>().Require("started").Met();
        return await ending.RunAsync(host, signals);
    }

    private static void CheckWatched(BoundSettings settings, AgentPlan plan)
    {
        foreach (var setting in (ReadOnlySpan<Setting<WatchTarget?>>)[SharedSettings.ShutdownWaitFor, SharedSettings.ExitWith])
        {
            var adminPort = SharedSettings.AdminPort(settings);
            if (settings.Get(setting) is { Kind: WatchKind.Port } target && (target.Port == adminPort || plan.OwnPorts.Contains(target.Port)))
            {
                settings.Fault(setting.Variable, target.ToString(), "this is a port of the agent's own, which would never be gone; a port of the app is expected");
            }
        }
    }

    private static void Announce(ILogger logger, BoundSettings settings, BuildInfo build)
    {
        Log.Starting(logger, build.Program, build.Version, build.Commit);
        var given = string.Join(", ", SettingsText.Given(settings));
        Log.Settings(logger, given.Length > 0 ? given : "all defaults");
        foreach (var warning in settings.Warnings)
        {
            Log.SettingsWarning(logger, warning);
        }
    }

    // What has started must stop, if it can: the failure that is being reported matters more than another one here.
    private static async Task StopQuietlyAsync(IHost host, BoundSettings settings, TimeProvider time)
    {
        var timeout = settings.Get(SharedSettings.ShutdownTimeout);
        using var deadline = new CancellationTokenSource(timeout < LongestStop ? timeout : LongestStop, time);
        try
        {
            await AgentHost.StopAsync(host, deadline.Token);
        }
        catch (Exception e) when (e is AggregateException or OperationCanceledException or InvalidOperationException || Loops.IsExpected(e))
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1031, LogLevel.Information, "{Program} {Version} ({Commit}) starts.")]
        public static partial void Starting(ILogger logger, string program, string version, string commit);

        [LoggerMessage(1032, LogLevel.Information, "Settings: {Settings}")]
        public static partial void Settings(ILogger logger, string settings);

        [LoggerMessage(1033, LogLevel.Warning, "{Warning}")]
        public static partial void SettingsWarning(ILogger logger, string warning);

        [LoggerMessage(1034, LogLevel.Critical, "The start failed; the process ends with 1.")]
        public static partial void StartFailed(ILogger logger, Exception exception);
    }
}
