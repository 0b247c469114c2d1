using System.CommandLine;
using Sidecar.Hosting.Settings;

namespace Sidecar.Hosting;

/// <summary>What an agent adds to the common frame: its settings, its composition, its further commands.</summary>
public sealed class SidecarBuilder
{
    private readonly List<Func<SidecarContext, Command>> _commands = [];

    internal SidecarBuilder(string agent) => Settings = new SettingsSchema(agent);

    public SettingsSchema Settings { get; }

    internal Func<BoundSettings, AgentPlan>? Compose { get; private set; }

    internal IReadOnlyList<Func<SidecarContext, Command>> Commands => _commands;

    /// <summary>
    /// Says how the agent is made of its settings. Called by <c>check</c> and <c>run</c> when every value could be read; what is
    /// wrong between values is added by <see cref="BoundSettings.Fault"/>.
    /// </summary>
    public void UseAgent(Func<BoundSettings, AgentPlan> compose) => Compose = compose;

    /// <summary>Adds a command beside run, check, config, settings, probe, wait, drain, quit and log-level.</summary>
    public void AddCommand(Func<SidecarContext, Command> command) => _commands.Add(command);
}
