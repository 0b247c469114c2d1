using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Processes;

/// Says whether a process that runs is also well: old enough, not too large, not stuck. Remembers since when one is stuck.
internal sealed class ProcessFitness(ProcessExpectation expected, ProcessDetails details, TimeProvider time)
{
    private readonly Dictionary<ProcessIdentity, long> _stuckSince = [];

    /// Null when it is well. Unknown when we may not look.
    public ProbeResult? Trouble(in ProcessStat stat)
    {
        var pid = stat.Pid;
        if (StuckFor(stat) is { } stuck && stuck >= expected.MaxStuck)
            return ProbeResult.Failed($"pid {pid} has been stuck in an uninterruptible sleep (D) for {stuck.TotalSeconds:0}s");

        if (expected.MinAge > TimeSpan.Zero && details.Age(stat.Identity) is { } age && age < expected.MinAge)
            return ProbeResult.Failed($"pid {pid} was started {age.TotalSeconds:0.#}s ago, expected at least {ValueForms.Show(expected.MinAge)}");

        if (expected.MaxResidentBytes is { } maxBytes && details.ResidentBytes(pid) is { } bytes && bytes > maxBytes)
            return ProbeResult.Failed($"pid {pid} holds {bytes / 1048576.0:0.#} MiB, expected at most {maxBytes / 1048576.0:0.#}");

        if (expected.MaxOpenFiles is not { } maxFiles)
            return null;

        return details.OpenFiles(pid) switch
        {
            null => ProbeResult.Unknown($"the open files of pid {pid} can't be counted: run as the app's user"),
            var files when files > maxFiles => ProbeResult.Failed($"pid {pid} has {files} open files, expected at most {maxFiles}"),
            _ => null,
        };
    }

    private TimeSpan? StuckFor(in ProcessStat stat)
    {
        if (stat.State != 'D')
        {
            _stuckSince.Remove(stat.Identity);
            return null;
        }

        if (_stuckSince.TryGetValue(stat.Identity, out var since))
            return time.GetElapsedTime(since);

        // Those that ended while they were stuck must not pile up.
        if (_stuckSince.Count > 100)
            _stuckSince.Clear();
        _stuckSince[stat.Identity] = time.GetTimestamp();
        return TimeSpan.Zero;
    }
}
