using System.CommandLine;
using Sidecar.Hosting.Admin;
using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting.Commands;

/// <summary>The commands that ask the running agent: for HEALTHCHECK, entry points and hooks in images without a shell.</summary>
internal static class AskCommands
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WaitInterval = TimeSpan.FromMilliseconds(100);

    public static IEnumerable<Command> Of(SidecarContext context)
    {
        yield return Probe(context);
        yield return Wait(context);
        yield return Post(context, "drain", "The running agent takes nothing new, finishes what is under way, and stays up.");
        yield return Post(context, "quit", "The running agent drains and ends with 0.");
        yield return LogLevel(context);
    }

    /// <summary>Asks one path of the running agent and prints the body; 0 for 200, else 1.</summary>
    public static int Ask(SidecarContext context, string method, string path, string body)
    {
        var answer = new AdminClient(context.ReadSharedSettings()).Ask(method, path, body, context.Error.WriteLine, AskTimeout);
        if (answer is not { } got)
        {
            return ExitCodes.Failed;
        }

        (got.Status == 200 ? context.Output : context.Error).Write(got.Body);
        return got.Status == 200 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static Command Probe(SidecarContext context)
    {
        var which = new Argument<string>("which") { DefaultValueFactory = _ => "ready", Description = "live, ready or startup" };
        which.AcceptOnlyFromAmong("live", "ready", "startup");
        var command = new Command("probe", "Asks the running agent about itself; exit 0 or 1.") { which };
        command.SetAction(parsed => Ask(context, "GET", $"/{parsed.GetValue(which)}z", ""));
        return command;
    }

    private static Command Wait(SidecarContext context)
    {
        var timeout = new Option<string>("--timeout") { DefaultValueFactory = _ => "60s", Description = "How long to wait, a duration with its unit." };
        timeout.Validators.Add(result =>
        {
            var parsed = ValueForms.Duration(result.GetValue(timeout) ?? "");
            if (!parsed.IsRight)
            {
                result.AddError($"--timeout {result.GetValue(timeout)}: {parsed.Expected}, for example 60s");
            }
        });
        var command = new Command("wait", "Returns 0 as soon as the running agent is ready, else 1 and the last reason.") { timeout };
        command.SetAction((parsed, stopping) => WaitAsync(context, ValueForms.Duration(parsed.GetValue(timeout)!).Value, stopping));
        return command;
    }

    private static async Task<int> WaitAsync(SidecarContext context, TimeSpan timeout, CancellationToken stopping)
    {
        var client = new AdminClient(context.ReadSharedSettings());
        var (started, lastReason) = (context.Time.GetTimestamp(), "");
        while (!stopping.IsCancellationRequested && timeout - context.Time.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
        {
            // The deadline itself is no reason; the one before it is.
            var answer = client.Ask("GET", "/readyz", "", reason => lastReason = lastReason.Length > 0 && left < WaitInterval ? lastReason : reason, left);
            if (answer is { Status: 200 })
            {
                return ExitCodes.Ok;
            }

            lastReason = answer?.Body ?? lastReason;
            await Task.Delay(WaitInterval, context.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        context.Error.WriteLine($"not ready after {ValueForms.Show(timeout)}: {lastReason.TrimEnd()}");
        return ExitCodes.Failed;
    }

    private static Command Post(SidecarContext context, string name, string description) =>
        CommandLine.Command(name, description, (_, _) => Task.FromResult(Ask(context, "POST", $"/control/{name}", "")));

    private static Command LogLevel(SidecarContext context)
    {
        var level = new Argument<string>("level") { Description = SettingForms.Choices<LogLevelName>() };
        var command = new Command("log-level", "Changes what the running agent logs.") { level };
        command.SetAction(parsed => Ask(context, "POST", "/control/log-level", parsed.GetValue(level)!));
        return command;
    }
}
