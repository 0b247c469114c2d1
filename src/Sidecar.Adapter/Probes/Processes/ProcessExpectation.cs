using System.Text.RegularExpressions;
using Sidecar.Hosting.ProcFs;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Processes;

/// Which process is meant, and how well it has to be.
internal sealed record ProcessExpectation
{
    /// Null for any name.
    public string? Name { get; init; }

    public Regex? CommandLine { get; init; }

    public string? Executable { get; init; }

    public int? UserId { get; init; }

    public TimeSpan MinAge { get; init; }

    public long? MaxResidentBytes { get; init; }

    public int? MaxOpenFiles { get; init; }

    /// How long it may be seen in an uninterruptible sleep, which is what a hanging disk or network file system looks like.
    public TimeSpan MaxStuck { get; init; } = TimeSpan.FromMinutes(1);

    public static ProbeResult Unreadable(int pid) => ProbeResult.Unknown(
        $"the executable of pid {pid} can't be read, and it may be the one: run as the app's user (Kubernetes: runAsUser; ECS: \"user\")");

    /// Cheap questions first: this is asked of every process there is.
    public ProcessMatch Match(in ProcessStat stat, ProcessTable processes, ProcessDetails details)
    {
        var isLike = (Name is null || processes.Matches(stat, Name))
            && (UserId is null || details.UserId(stat.Pid) == UserId)
            && (CommandLine is null || CommandLine.IsMatch(details.CommandLine(stat.Pid) ?? ""));
        if (!isLike || Executable is null)
            return isLike ? ProcessMatch.Yes : ProcessMatch.No;

        return details.ReadExecutable(stat.Pid, out var path) switch
        {
            ProcRead.Done when path == Executable => ProcessMatch.Yes,
            ProcRead.Denied when MayRunIt(stat, details) => ProcessMatch.Hidden,
            _ => ProcessMatch.No,
        };
    }

    // Without a name any process that we may not look at could be it, but for those that are known to be none: one that has ended,
    // a thread of the kernel (no command line), the pod's sandbox, and our own kind.
    private bool MayRunIt(in ProcessStat stat, ProcessDetails details) =>
        !stat.HasEnded
        && details.CommandLine(stat.Pid) is not null
        && (Name is not null || !(stat is { Pid: 1, Comm: "pause" } || stat.Comm is "sidecar-ambassa" or "sidecar-logs" or "sidecar-adapter"));

    public override string ToString()
    {
        List<string> parts = [];
        if (CommandLine is not null)
            parts.Add($"command line matches {CommandLine}");
        if (Executable is not null)
            parts.Add($"executable {Executable}");
        if (UserId is not null)
            parts.Add($"user {UserId}");
        if (MinAge > TimeSpan.Zero)
            parts.Add($"for at least {ValueForms.Show(MinAge)}");
        if (MaxResidentBytes is not null)
            parts.Add($"at most {MaxResidentBytes >> 20} MiB of memory");
        if (MaxOpenFiles is not null)
            parts.Add($"at most {MaxOpenFiles} open files");
        return parts.Count == 0 ? "" : ", " + string.Join(", ", parts);
    }
}
