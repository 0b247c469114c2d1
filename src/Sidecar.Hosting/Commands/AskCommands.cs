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
    public static async Task<int> AskAsync(SidecarContext context, string method, string path, string body, CancellationToken stopping)
    {
        // Only where the admin port is matters here: a fault elsewhere is the running agent's affair.
        var client = new AdminClient(context.ReadSettings());
        using var timeout = new CancellationTokenSource(AskTimeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        var answer = await client.AskAsync(method, path, body, context.Error.WriteLine, either.Token);
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
        command.SetAction((parsed, stopping) => AskAsync(context, "GET", $"/{parsed.GetValue(which)}z", "", stopping));
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
        var client = new AdminClient(context.ReadSettings());
        var lastReason = "";
        using var deadline = new CancellationTokenSource(timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
        while (!either.IsCancellationRequested)
        {
            var answer = await client.AskAsync("GET", "/readyz", "",
                // The deadline itself is no reason; the one before it is.
                reason => lastReason = lastReason.Length > 0 && either.IsCancellationRequested ? lastReason : reason, either.Token);
            if (answer is { Status: 200 })
            {
                return ExitCodes.Ok;
            }

            lastReason = answer?.Body ?? lastReason;
            await Task.Delay(WaitInterval, context.Time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        context.Error.WriteLine($"not ready after {ValueForms.Show(timeout)}: {lastReason.TrimEnd()}");
        return ExitCodes.Failed;
    }

    private static Command Post(SidecarContext context, string name, string description) =>
        CommandLine.Command(name, description, (_, stopping) => AskAsync(context, "POST", $"/control/{name}", "", stopping));

    private static Command LogLevel(SidecarContext context)
    {
        var level = new Argument<string>("level") { Description = SettingForms.Choices<LogLevelName>() };
        var command = new Command("log-level", "Changes what the running agent logs.") { level };
        command.SetAction((parsed, stopping) => AskAsync(context, "POST", "/control/log-level", parsed.GetValue(level)!, stopping));
        return command;
    }
}
