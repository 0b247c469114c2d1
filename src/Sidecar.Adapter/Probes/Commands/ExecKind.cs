using Sidecar.Adapter.Probes.Content;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Commands;

/// Reads a probe that runs a command.
internal static class ExecKind
{
    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings)
    {
        var command = CommandWords.Read(thing.Value[(ProbeKinds.Exec.Length + 1)..].Trim());
        if (!command.IsRight)
        {
            settings.Fault(thing.Variable, thing.Shown, command.Expected!, "exec:/usr/local/bin/check --fast");
            return null;
        }

        var (exit, content) = (thing.Get(ExecSettings.Exit), ContentRules.Of(thing));
        var condition = exit == ExitMeaning.Nagios ? "a plugin's exit code 0" : "exit code 0";
        return new ProbeTarget(
            thing.Shown,
            content.IsEmpty ? condition : $"{condition}, output {content}",
            IsCuredByRestart: true,
            _ => new ExecProbe(command.Value, exit, content, Children.OfThisProcess));
    }
}
