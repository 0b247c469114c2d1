using System.IO.Enumeration;
using System.Text;

namespace Sidecar.Hosting.ProcFs;

/// Finds processes by name through /proc and re-checks a known one with a single small read.
/// Never throws for what /proc does: processes end at any time, and may belong to others.
public sealed class ProcessTable(string root = "/proc", int? ownPid = null)
{
    private const int CommMaxBytes = 15;
    private const string SharePids = "share the pod's processes (Kubernetes: shareProcessNamespace: true; ECS: \"pidMode\": \"task\")";

    private readonly int _ownPid = ownPid ?? Environment.ProcessId;

    private string Unmounted => $"{root} shows no process at all: mount it";

    /// Whether this very process, not a later one with the same pid, still runs.
    public ProcRead Check(ProcessIdentity identity, out ProcessStat stat)
    {
        var read = ReadStat(identity.Pid, out stat);
        return read == ProcRead.Done && (stat.Identity != identity || stat.HasEnded) ? ProcRead.Gone : read;
    }

    public ProcRead ReadStat(int pid, out ProcessStat stat)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var read = ReadFile($"{root}/{pid}/stat", buffer, out var length);
        stat = default;
        return read == ProcRead.Done && !ProcessStat.TryParse(buffer[..length], out stat) ? ProcRead.Gone : read;
    }

    /// Looks at every process but our own. A name matches the kernel's name for it (cut at 15 bytes), or the file name of
    /// its executable or of its first argument.
    public ProcessScan Find(string name) => Find(stat => Matches(stat, name));

    /// Looks at every process but our own.
    public ProcessScan Find(Func<ProcessStat, bool> matches)
    {
        if (!Directory.Exists(root))
        {
            return new ProcessScan([], 0, 0, 0, Unmounted);
        }

        List<ProcessIdentity> found = [];
        Dictionary<int, int> parents = [];
        int ended = 0, unreadable = 0;
        foreach (var pid in Pids())
        {
            var read = ReadStat(pid, out var stat);
            if (read == ProcRead.Done)
            {
                parents[pid] = stat.ParentPid;
                if (pid != _ownPid && matches(stat))
                {
                    if (stat.HasEnded) ended++;
                    else found.Add(stat.Identity);
                }
            }
            else if (read == ProcRead.Denied)
            {
                unreadable++;
            }
        }

        var blindness = found.Count > 0 || ended > 0 ? null : Blindness(parents, unreadable);
        return new ProcessScan(found, ended, parents.Count, unreadable, blindness);
    }

    /// Every process that can be read, ours too, each with its parent.
    public IEnumerable<ProcessStat> All()
    {
        foreach (var pid in Pids())
        {
            if (ReadStat(pid, out var stat) == ProcRead.Done)
            {
                yield return stat;
            }
        }
    }

    private string? Blindness(Dictionary<int, int> parents, int unreadable)
    {
        if (parents.Count == 0 && unreadable == 0)
        {
            return Unmounted;
        }

        if (unreadable > 0)
        {
            return $"{unreadable} processes can't be read (hidepid?): run as the app's user, or mount /proc without hidepid";
        }

        // Process 1 exists in every namespace: where it is not listed, /proc hides what is not ours.
        if (!parents.ContainsKey(1))
        {
            return "/proc hides the processes of other users (hidepid): run as the app's user, or mount /proc without hidepid";
        }

        return parents.Keys.All(pid => IsOwnFamily(pid, parents)) ? $"only this container's processes are visible: {SharePids}" : null;
    }

    // Ancestors count as ours: an init in the image (tini) is process 1 above us, and tells nothing about the app.
    private bool IsOwnFamily(int pid, Dictionary<int, int> parents) => Descends(pid, _ownPid, parents) || Descends(_ownPid, pid, parents);

    private static bool Descends(int pid, int ancestor, Dictionary<int, int> parents)
    {
        for (var steps = 0; steps <= parents.Count; steps++)
        {
            if (pid == ancestor) return true;
            if (!parents.TryGetValue(pid, out pid)) return false;
        }

        return false;
    }

    /// The kernel's name for it (cut at 15 bytes), or the file name of its executable or of its first argument.
    public bool Matches(in ProcessStat stat, string name)
    {
        if (stat.Comm == name)
        {
            return true;
        }

        var arguments = Arguments(stat.Pid);
        var executable = ExecutableName(stat.Pid);
        if (FileName(arguments.First) == name || executable == name)
        {
            return true;
        }

        // A script started by its own name has the interpreter as first argument and itself as second.
        return IsCutTo(stat.Comm, name)
            && (FileName(arguments.Second) == name || (arguments.First.Length == 0 && executable.Length == 0));
    }

    private static bool IsCutTo(string comm, string name)
    {
        Span<byte> bytes = stackalloc byte[CommMaxBytes];
        return name.Length >= CommMaxBytes
            && Encoding.UTF8.GetByteCount(comm) == CommMaxBytes
            && Encoding.UTF8.GetBytes(comm, bytes) == CommMaxBytes
            && Encoding.UTF8.GetBytes(name).AsSpan().StartsWith(bytes);
    }

    private (string First, string Second) Arguments(int pid)
    {
        Span<byte> buffer = stackalloc byte[4096];
        if (ReadFile($"{root}/{pid}/cmdline", buffer, out var length) != ProcRead.Done)
        {
            return ("", "");
        }

        var line = buffer[..length];
        var end = line.IndexOf((byte)0);
        if (end < 0)
        {
            return (Encoding.UTF8.GetString(line), "");
        }

        var rest = line[(end + 1)..];
        var secondEnd = rest.IndexOf((byte)0);
        return (Encoding.UTF8.GetString(line[..end]), Encoding.UTF8.GetString(secondEnd < 0 ? rest : rest[..secondEnd]));
    }

    private string ExecutableName(int pid)
    {
        const string Deleted = " (deleted)";
        // Null for another user's process too: the link needs the rights of a debugger, stat and cmdline do not.
        var target = new FileInfo($"{root}/{pid}/exe").LinkTarget ?? "";
        return FileName(target.EndsWith(Deleted, StringComparison.Ordinal) ? target[..^Deleted.Length] : target);
    }

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    private FileSystemEnumerable<int> Pids() =>
        new(
            root,
            static (ref FileSystemEntry entry) => int.Parse(entry.FileName),
            new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true })
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => int.TryParse(entry.FileName, out var pid) && pid > 0,
        };

    internal static ProcRead ReadFile(string path, Span<byte> buffer, out int length)
    {
        length = 0;
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            length = RandomAccess.Read(file, buffer, fileOffset: 0);
            return length > 0 ? ProcRead.Done : ProcRead.Gone;
        }
        catch (UnauthorizedAccessException)
        {
            return ProcRead.Denied;
        }
        // Not only "no such file": a process that ends between open and read answers with ESRCH.
        catch (IOException)
        {
            return ProcRead.Gone;
        }
    }
}
