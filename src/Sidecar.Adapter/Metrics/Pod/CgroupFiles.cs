using System.Globalization;

namespace Sidecar.Adapter.Metrics.Pod;

/// Reads what the kernel counts for a container: its cgroup, of version 2 or 1. A container sees its own, and another's only where
/// the node's tree is mounted.
internal sealed class CgroupFiles(string root = "/sys/fs/cgroup")
{
    // Version 1 says "no limit" by the largest multiple of a page.
    private const double NoLimit = 1L << 60;
    private const double NanosecondsPerSecond = 1e9;
    private const double MicrosecondsPerSecond = 1e6;

    private readonly bool _isSecond = File.Exists(Path.Combine(root, "cgroup.controllers"));

    /// Null when nothing is counted there, or it can't be seen.
    /// <param name="membership">The process's /proc/{pid}/cgroup.</param>
    /// <param name="isOwn">It is ours, which is mounted at the root where the path says nothing.</param>
    public ContainerUsage? Read(string membership, bool isOwn)
    {
        var usage = _isSecond ? ReadSecond(Folder(membership, "", isOwn)) : ReadFirst(controller => Folder(membership, controller, isOwn));
        return usage is { CpuSeconds: null, MemoryBytes: null } ? null : usage;
    }

    /// The path that tells containers apart.
    public string PathIn(string membership) => PathOf(membership, _isSecond ? "" : "memory") ?? "";

    private static ContainerUsage ReadSecond(string? folder)
    {
        var (cpu, memory) = (Table(folder, "cpu.stat"), Table(folder, "memory.stat"));
        var held = Number(folder, "memory.current");
        return new ContainerUsage
        {
            CpuSeconds = Value(cpu, "usage_usec") / MicrosecondsPerSecond,
            ThrottledPeriods = Value(cpu, "nr_throttled"),
            ThrottledSeconds = Value(cpu, "throttled_usec") / MicrosecondsPerSecond,
            MemoryBytes = held,
            WorkingSetBytes = WorkingSet(held, Value(memory, "inactive_file")),
            AnonymousBytes = Value(memory, "anon"),
            MemoryLimitBytes = Number(folder, "memory.max"),
            ReadBytes = Disk(folder, "io.stat", "rbytes="),
            WrittenBytes = Disk(folder, "io.stat", "wbytes="),
            Processes = Number(folder, "pids.current"),
        };
    }

    private static ContainerUsage ReadFirst(Func<string, string?> folder)
    {
        var (cpu, memory) = (Table(folder("cpu"), "cpu.stat"), Table(folder("memory"), "memory.stat"));
        var held = Number(folder("memory"), "memory.usage_in_bytes");
        return new ContainerUsage
        {
            CpuSeconds = Number(folder("cpuacct"), "cpuacct.usage") / NanosecondsPerSecond,
            ThrottledPeriods = Value(cpu, "nr_throttled"),
            ThrottledSeconds = Value(cpu, "throttled_time") / NanosecondsPerSecond,
            MemoryBytes = held,
            WorkingSetBytes = WorkingSet(held, Value(memory, "total_inactive_file")),
            AnonymousBytes = Value(memory, "total_rss"),
            MemoryLimitBytes = Number(folder("memory"), "memory.limit_in_bytes") is { } limit and < NoLimit ? limit : null,
            ReadBytes = Disk(folder("blkio"), "blkio.throttle.io_service_bytes_recursive", "Read "),
            WrittenBytes = Disk(folder("blkio"), "blkio.throttle.io_service_bytes_recursive", "Write "),
            Processes = Number(folder("pids"), "pids.current"),
        };
    }

    public static double? WorkingSet(double? held, double? inactive) => held is { } all && inactive is { } idle ? Math.Max(0, all - idle) : null;

    private string? Folder(string membership, string controller, bool isOwn)
    {
        var top = Path.Combine(root, controller);
        // With version 1 a process may be in groups of different containers and of none: only what is counted for this one is said.
        if (PathOf(membership, controller) is not { } path || path != PathIn(membership))
            return null;

        // A path that leads out of our own tree is another container's, of which only the name is to be seen.
        var folder = path.Contains("/..", StringComparison.Ordinal) ? null : top + path.TrimEnd('/');
        return folder is not null && Directory.Exists(folder) ? folder : isOwn && Directory.Exists(top) ? top : null;
    }

    // "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1.
    private static string? PathOf(string membership, string controller) => membership
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(':', 3))
        .FirstOrDefault(parts => parts.Length == 3 && (controller.Length == 0 ? parts[0] == "0" : parts[1].Split(',').Contains(controller)))?[2];

    private static double? Number(string? folder, string name) => Text(folder, name) is { } text && TryNumber(text.AsSpan().Trim(), out var number) ? number : null;

    private static Dictionary<string, double> Table(string? folder, string name)
    {
        Dictionary<string, double> table = [];
        foreach (var line in (Text(folder, name) ?? "").Split('\n'))
        {
            if (line.Split(' ') is [var key, var value] && TryNumber(value, out var number))
                table[key] = number;
        }
        return table;
    }

    private static double? Value(Dictionary<string, double> table, string key) => table.TryGetValue(key, out var value) ? value : null;

    // All devices together: "8:0 rbytes=1 wbytes=2 ..." of version 2, "8:0 Read 1" of version 1.
    private static double? Disk(string? folder, string name, string field)
    {
        if (Text(folder, name) is not { } text)
            return null;

        double sum = 0;
        foreach (var line in text.Split('\n'))
        {
            var at = line.IndexOf(" " + field, StringComparison.Ordinal);
            if (at < 0)
                continue;

            var rest = line.AsSpan(at + 1 + field.Length);
            var end = rest.IndexOf(' ');
            if (TryNumber(end < 0 ? rest : rest[..end], out var number))
                sum += number;
        }
        return sum;
    }

    private static string? Text(string? folder, string name)
    {
        try
        {
            return folder is null ? null : File.ReadAllText(Path.Combine(folder, name));
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out double number) => double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
