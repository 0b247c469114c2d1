using System.CommandLine;
using Sidecar.Hosting;
using Sidecar.Hosting.Admin;

namespace Sidecar.Adapter.Endpoints;

/// `sidecar-adapter health`: asks the running adapter for the app's verdict, for ECS and Docker health checks in images
/// without a shell. Exit 0 or 1, never 2, which Docker reserves.
internal static class HealthCommand
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);

    public static Command Of(SidecarContext context)
    {
        var which = new Argument<string>("which")
        {
            Description = "live, ready, startup, or the name of a group or probe; without one, all of them.",
            DefaultValueFactory = _ => "",
        };
        var command = new Command("health", "Asks the running agent about the app; exit 0 or 1.") { which };
        command.SetAction(parsed => Ask(context, parsed.GetValue(which)!));
        return command;
    }

    private static int Ask(SidecarContext context, string name)
    {
        var path = name.Length == 0 ? HealthEndpoints.Path : $"{HealthEndpoints.Path}/{Uri.EscapeDataString(name)}";
        var client = new AdminClient(context.ReadSharedSettings());
        var answer = client.Ask("GET", $"{path}?format=text", "", context.Error.WriteLine, AskTimeout);
        // On stdout also when it is bad: Docker and ECS keep what a health check prints.
        context.Output.Write(answer?.Body);
        // What is degraded is as good as ADAPTER_DEGRADED_STATUS says: with 429 it is up.
        return answer is { Status: 200 or 429 } ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
