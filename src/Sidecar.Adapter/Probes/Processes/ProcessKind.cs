using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Processes;

/// Reads a probe that looks at processes, by their name or by a pid file.
internal static class ProcessKind
{
    private const string Any = "*";

    public static ProbeTarget? Read(NamedThing thing, BoundSettings settings)
    {
        var name = thing.Value[(ProbeKinds.Process.Length + 1)..];
        var expected = Expectation(thing) with { Name = name == Any ? null : name };
        var isAny = name == Any && expected is { CommandLine: null, Executable: null, UserId: null };
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || isAny)
        {
            settings.Fault(
                thing.Variable,
                thing.Shown,
                isAny ? "with process:* one of _CMDLINE, _EXE and _USER is expected" : "the name of a process is expected, without its folder (that is _EXE)",
                "process:orders");
            return null;
        }

        var count = thing.Get(ProcessSettings.Count);
        return new ProbeTarget(
            thing.Shown, $"{count} running{expected}", IsCuredByRestart: true, time => new ProcessProbe(expected, count, new ProcessTable(), new ProcessDetails(), time));
    }

    public static ProbeTarget? ReadPidFile(NamedThing thing, BoundSettings settings)
    {
        if (!TargetForms.TryReadPath(thing, settings, "pidfile:/path", int.MaxValue, out var path))
            return null;

        var expected = Expectation(thing);
        return new ProbeTarget(
            thing.Shown, $"its process runs{expected}", IsCuredByRestart: true, time => new PidFileProbe(path, expected, new ProcessTable(), new ProcessDetails(), time));
    }

    private static ProcessExpectation Expectation(NamedThing thing) => new()
    {
        CommandLine = thing.Get(ProcessSettings.CommandLine),
        Executable = thing.Get(ProcessSettings.Executable),
        UserId = thing.Get(ProcessSettings.User),
        MinAge = thing.Get(ProcessSettings.MinAge),
        MaxResidentBytes = thing.Get(ProcessSettings.MaxRss),
        MaxOpenFiles = thing.Get(ProcessSettings.MaxFds),
        MaxStuck = thing.Get(ProcessSettings.MaxStuck),
    };
}
