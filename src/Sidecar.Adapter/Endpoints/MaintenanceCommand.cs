using System.CommandLine;
using Sidecar.Hosting;
using Sidecar.Hosting.Admin;

namespace Sidecar.Adapter.Endpoints;

/// `sidecar-adapter maintenance on|off`: takes the app out of traffic while somebody works on it, and keeps it from being
/// restarted meanwhile. For hooks in images without a shell.
internal static class MaintenanceCommand
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);

    public static Command Of(SidecarContext context)
    {
        var state = new Argument<string>("state") { Description = "on or off." };
        state.AcceptOnlyFromAmong("on", "off");
        var command = new Command("maintenance", "Takes the app out of traffic without a restart, or back in; exit 0 or 1.") { state };
        command.SetAction(parsed => Ask(context, parsed.GetValue(state)!));
        return command;
    }

    private static int Ask(SidecarContext context, string state)
    {
        var client = new AdminClient(context.ReadSharedSettings());
        var answer = client.Ask("POST", HealthEndpoints.MaintenancePath, state, context.Error.WriteLine, AskTimeout);
        context.Output.Write(answer?.Body);
        return answer is { Status: 200 } ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
