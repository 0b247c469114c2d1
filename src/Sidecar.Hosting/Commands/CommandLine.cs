using System.CommandLine;
using Sidecar.Hosting.Settings;
using Sidecar.Hosting.Telemetry;

namespace Sidecar.Hosting.Commands;

/// <summary>The commands that all three agents have; without a command an agent runs.</summary>
internal static class CommandLine
{
    public static RootCommand Of(SidecarContext context)
    {
        var agent = context.Schema.Agent;
        var root = new RootCommand($"{BuildInfo.Of(agent)}: set by environment variables only; 'sidecar-{agent} settings' lists them.");
        root.SetAction((_, stopping) => RunCommand.RunAsync(context, stopping));
        root.Add(Command("run", "Runs until SIGTERM or SIGINT (the default).", (_, stopping) => RunCommand.RunAsync(context, stopping)));
        root.Add(Command("check", "Validates the settings and says what would happen, without listening; exit 0 or 64.", (_, _) => Task.FromResult(Check(context))));
        root.Add(Command("config", "Prints the effective settings, secrets masked, and where each comes from.", (_, _) => Task.FromResult(Config(context))));
        root.Add(SettingsCommand(context));
        foreach (var command in AskCommands.Of(context).Concat(context.Builder.Commands.Select(make => make(context))))
        {
            root.Add(command);
        }

        return root;
    }

    public static Command Command(string name, string description, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        var command = new Command(name, description);
        command.SetAction(action);
        return command;
    }

    private static int Check(SidecarContext context)
    {
        if (context.Compose(isCheck: true) is not { } composed)
        {
            return ExitCodes.Usage;
        }

        foreach (var line in composed.Settings.Warnings.Select(warning => $"warning: {warning}").Concat(composed.Plan.Lines))
        {
            context.Output.WriteLine(line);
        }

        context.Output.WriteLine("the settings are right");
        return ExitCodes.Ok;
    }

    private static int Config(SidecarContext context)
    {
        var settings = context.ReadSettings();
        foreach (var line in SettingsText.Effective(settings))
        {
            context.Output.WriteLine(line);
        }

        return context.Report(settings) ? ExitCodes.Usage : ExitCodes.Ok;
    }

    private static Command SettingsCommand(SidecarContext context)
    {
        var markdown = new Option<bool>("--markdown") { Description = "As the agent's part of docs/configuration.md." };
        var shared = new Option<bool>("--shared") { Description = "With --markdown: the part that all three agents share." };
        var command = new Command("settings", "Prints every variable: name, default, meaning.") { markdown, shared };
        command.SetAction(parsed =>
        {
            context.Output.Write(parsed.GetValue(markdown)
                ? SettingsText.Markdown(context.Schema, parsed.GetValue(shared))
                : SettingsText.Table(context.Schema));
            return ExitCodes.Ok;
        });
        return command;
    }
}
