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

    /// Cheap questions first: this is asked of every process there is.
    public bool IsMeant(in ProcessStat stat, ProcessTable processes, ProcessDetails details) =>
        (Name is null || processes.Matches(stat, Name))
        && (UserId is null || details.UserId(stat.Pid) == UserId)
        && (Executable is null || details.Executable(stat.Pid) == Executable)
        && (CommandLine is null || CommandLine.IsMatch(details.CommandLine(stat.Pid) ?? ""));

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
