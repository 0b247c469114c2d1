using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Sidecar.Hosting;
using Sidecar.Hosting.Settings;
using Sidecar.Logs.DeadLetters;
using Sidecar.Logs.Destination;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Events;
using Sidecar.Logs.Observing;
using Sidecar.Logs.Shaping;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs;

/// What makes sidecar-logs of the common frame.
internal static class LogsAgent
{
    public static void AddLogs(this SidecarBuilder sidecar)
    {
        sidecar.Settings.Add(() => LogsSettings.All);
        sidecar.Settings.Add(() => TailSettings.All);
        sidecar.Settings.Add(() => EventSettings.All);
        sidecar.Settings.Add(() => ShapingSettings.All);
        sidecar.Settings.Add(() => DestinationSettings.All);
        sidecar.Settings.Add(() => DeadLetterSettings.All);
        sidecar.Settings.Add(() => SurroundingsSettings.All);
        sidecar.UseAgent(Compose);
        sidecar.AddCommand(ExplainCommand);
    }

    private static AgentPlan Compose(BoundSettings settings)
    {
        var destination = DestinationPlan.Of(settings, LogsPlan.NeedsGroup(settings));
        var options = LogsPlan.Of(settings, destination.OwnFile);
        return new AgentPlan
        {
            Lines = [.. LogsPlan.Lines(options), destination.Line],
            Meters = [LogsMetrics.MeterName],
            UsesStandardOutput = destination.UsesStandardOutput,
            AddServices = services =>
            {
                destination.AddTo(services);
                services.AddSingleton(options);
                services.AddSingleton<LogsMetrics>();
                services.AddHostedService<LogsService>();
            },
        };
    }

    private static Command ExplainCommand(SidecarContext context)
    {
        var command = new Command("explain", "Which files match, which stream each goes to, and where its offset is.");
        command.SetAction(_ =>
        {
            if (context.Compose(isCheck: false) is not { } composed)
                return ExitCodes.Usage;

            var destination = DestinationPlan.Of(composed.Settings, LogsPlan.NeedsGroup(composed.Settings));
            Explain.Write(LogsPlan.Of(composed.Settings, destination.OwnFile), context.Output);
            return ExitCodes.Ok;
        });
        return command;
    }
}
