using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Commands;

/// How a command is judged.
internal static class ExecSettings
{
    public static readonly Setting<ExitMeaning> Exit = AdapterSettings.Probe.Choice(
        "EXIT",
        ExitMeaning.Boolean,
        "What the exit code means: boolean, 0 is right; nagios, 0 is well, 1 a warning, 2 a miss, 3 unknown, with the output's first line as the reason and its performance data as metrics.",
        shared: false,
        ProbeKinds.Exec);

    public static IReadOnlyList<ISetting> All { get; } = [Exit];
}
