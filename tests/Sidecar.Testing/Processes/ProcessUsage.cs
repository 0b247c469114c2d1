using System.Globalization;

namespace Sidecar.Testing.Processes;

/// What the kernel counts for a process: memory now, and CPU since its start.
public readonly record struct ProcessUsage(long ResidentBytes, long PrivateDirtyBytes, TimeSpan Cpu, int Threads)
{
    // The kernel reports to user space in hundredths of a second on every architecture we run on.
    private const int TicksPerSecond = 100;

    public static ProcessUsage Of(int processId)
    {
        var folder = Path.Combine("/proc", processId.ToString(CultureInfo.InvariantCulture));
        var status = File.ReadAllLines(Path.Combine(folder, "status"));
        var rollup = File.ReadAllLines(Path.Combine(folder, "smaps_rollup"));

        // The name, field 2, stands in parentheses and may hold blanks: fields are counted after its end.
        var stat = File.ReadAllText(Path.Combine(folder, "stat"));
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);

        return new ProcessUsage(
            KibibytesOf(status, "VmRSS:") * 1024,
            KibibytesOf(rollup, "Private_Dirty:") * 1024,
            TimeSpan.FromSeconds((double)ticks / TicksPerSecond),
            (int)KibibytesOf(status, "Threads:"));
    }

    private static long KibibytesOf(string[] lines, string name)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The kernel says no {name} (has the process ended?)");
        var value = line[name.Length..].Trim().Split(' ')[0];
        return long.Parse(value, CultureInfo.InvariantCulture);
    }
}
