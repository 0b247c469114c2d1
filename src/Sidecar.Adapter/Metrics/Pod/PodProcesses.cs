using System.Collections.Immutable;
using System.Globalization;
using Sidecar.Hosting.ProcFs;

namespace Sidecar.Adapter.Metrics.Pod;

/// The pod's containers as their processes show them: where a pod shares its processes, each names its cgroup in /proc, and what the
/// cgroup itself would tell can be added up from them.
internal sealed class PodProcesses(CgroupFiles cgroups, string root = "/proc", int? ownPid = null)
{
    private const int MaxProcesses = 10_000;
    private const double TicksPerSecond = 100;

    private readonly int _ownPid = ownPid ?? Environment.ProcessId;
    // What processes took that have ended since, which their parents' sums hold unless those are gone too.
    private readonly Dictionary<string, double> _highest = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// Why other containers can't be seen; null when they can.
    public string? Blindness => new ProcessTable(root, _ownPid).Find(_ => false).Blindness;

    public IEnumerable<ContainerUsage> Read()
    {
        var groups = new ProcessTable(root, _ownPid).All().Where(stat => !stat.HasEnded).Take(MaxProcesses)
            .Select(stat => (Stat: stat, Membership: Text(stat.Pid, "cgroup")))
            .Where(process => process.Membership is not null)
            .GroupBy(process => cgroups.PathIn(process.Membership!), StringComparer.Ordinal);
        foreach (var group in groups.OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var processes = group.Select(process => process.Stat).OrderBy(stat => stat.StartTicks).ThenBy(stat => stat.Pid).ToArray();
            var isOwn = processes.Any(stat => stat.Pid == _ownPid);
            var usage = cgroups.Read(group.First().Membership!, isOwn) ?? AddUp(group.Key, processes);
            yield return usage with { Labels = Labels(group.Key, processes[0], isOwn) };
        }
    }

    /// What the pod's network interfaces carried; loopback carries nothing anywhere.
    public ContainerUsage Network()
    {
        var links = (Text(null, "net/dev") ?? "").Split('\n').Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2 && parts[0].Trim() != "lo");
        return new ContainerUsage { Network = [.. links.Select(parts => Link(parts[0].Trim(), parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)))] };
    }

    private static InterfaceUsage Link(string name, string[] fields)
    {
        double At(int index) => index < fields.Length && double.TryParse(fields[index], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
        return new InterfaceUsage(name, new LinkUsage(At(0), At(1), At(2), At(3)), new LinkUsage(At(8), At(9), At(10), At(11)));
    }

    private (string, string)[] Names(ProcessStat oldest)
    {
        // kubelet mounts this file from a folder that it names after the container.
        const string Before = "/containers/";
        var mounted = (Text(oldest.Pid, "mountinfo") ?? "").Split('\n').Select(line => line.Split(' ')).FirstOrDefault(fields => fields.Length > 4 && fields[4] == "/dev/termination-log")?[3];
        var at = mounted?.IndexOf(Before, StringComparison.Ordinal) ?? -1;
        return at >= 0 ? [("container", mounted![(at + Before.Length)..].Split('/')[0])] : [("process", oldest.Comm)];
    }

    private ImmutableArray<(string, string)> Labels(string path, ProcessStat oldest, bool isOwn) =>
        [("id", path), .. Names(oldest), ("adapter", isOwn ? "true" : "false")];

    private ContainerUsage AddUp(string path, ProcessStat[] processes)
    {
        double cpu = 0, anonymous = 0, read = 0, written = 0;
        var seesDisk = true;
        foreach (var stat in processes)
        {
            cpu += Cpu(stat.Pid);
            anonymous += Anonymous(stat.Pid);
            if (Text(stat.Pid, "io") is { } io)
                (read, written) = (read + Field(io, "read_bytes: "), written + Field(io, "write_bytes: "));
            else
                seesDisk = false;
        }

        lock (_lock)
        {
            _highest[path] = cpu = Math.Max(cpu, _highest.GetValueOrDefault(path));
        }
        return new ContainerUsage
        {
            CpuSeconds = cpu,
            AnonymousBytes = anonymous,
            ReadBytes = seesDisk ? read : null,
            WrittenBytes = seesDisk ? written : null,
            Processes = processes.Length,
        };
    }

    // Its own time and that of its children that have ended, which is where the time of the dead is kept.
    private double Cpu(int pid)
    {
        var stat = Text(pid, "stat") ?? "";
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 15 ? 0 : fields[11..15].Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private double Anonymous(int pid)
    {
        var pages = (Text(pid, "statm") ?? "").Split(' ');
        return pages.Length < 3 ? 0 : (double.Parse(pages[1], CultureInfo.InvariantCulture) - double.Parse(pages[2], CultureInfo.InvariantCulture)) * Environment.SystemPageSize;
    }

    private static double Field(string text, string name)
    {
        var at = text.IndexOf("\n" + name, StringComparison.Ordinal);
        if (at < 0)
            return 0;

        var rest = text.AsSpan(at + 1 + name.Length);
        var end = rest.IndexOf('\n');
        return double.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    private string? Text(int? pid, string name)
    {
        try
        {
            return File.ReadAllText(pid is null ? Path.Combine(root, name) : Path.Combine(root, pid.Value.ToString(CultureInfo.InvariantCulture), name));
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
