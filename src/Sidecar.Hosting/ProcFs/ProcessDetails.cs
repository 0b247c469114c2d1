using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Sidecar.Hosting.ProcFs;

/// What /proc tells of one process beside its stat line. Null when it is gone, or belongs to another and may not be read.
public sealed class ProcessDetails(string root = "/proc")
{
    // USER_HZ, which the kernel reports in to user space on every architecture we run on.
    private const double TicksPerSecond = 100;
    private const int CommandLineBytes = 16 * 1024;

    /// The arguments, joined by blanks; at most the first 16 KiB.
    public string? CommandLine(int pid)
    {
        Span<byte> buffer = stackalloc byte[CommandLineBytes];
        if (ProcessTable.ReadFile($"{root}/{pid}/cmdline", buffer, out var length) != ProcRead.Done)
        {
            return null;
        }

        var line = buffer[..length].TrimEnd((byte)0);
        line.Replace((byte)0, (byte)' ');
        return Encoding.UTF8.GetString(line);
    }

    /// Where the executable's link leads. Needs the rights of a debugger: another user's process denies it.
    public ProcRead ReadExecutable(int pid, out string? path)
    {
        const string Deleted = " (deleted)";
        path = null;
        try
        {
            path = File.ResolveLinkTarget($"{root}/{pid}/exe", returnFinalTarget: false)?.FullName;
        }
        catch (UnauthorizedAccessException)
        {
            return ProcRead.Denied;
        }
        // It has ended, or is a thread of the kernel, which has none.
        catch (IOException)
        {
            return ProcRead.Gone;
        }

        path = path is not null && path.EndsWith(Deleted, StringComparison.Ordinal) ? path[..^Deleted.Length] : path;
        return path is null ? ProcRead.Gone : ProcRead.Done;
    }

    /// The user it acts as.
    public int? UserId(int pid)
    {
        Span<byte> buffer = stackalloc byte[2048];
        if (ProcessTable.ReadFile($"{root}/{pid}/status", buffer, out var length) != ProcRead.Done)
        {
            return null;
        }

        // "Uid:\treal\teffective\tsaved\tfs"
        var at = buffer[..length].IndexOf("\nUid:\t"u8);
        if (at < 0)
        {
            return null;
        }

        var rest = buffer[(at + 6)..length];
        rest = rest[(rest.IndexOf((byte)'\t') + 1)..];
        return Utf8Parser.TryParse(rest, out int user, out _) ? user : null;
    }

    /// The value of a variable that it was started with. Needs the rights of a debugger.
    public bool? WasStartedWith(int pid, string variable)
    {
        Span<byte> buffer = stackalloc byte[32 * 1024];
        return ProcessTable.ReadFile($"{root}/{pid}/environ", buffer, out var length) == ProcRead.Done
            ? buffer[..length].IndexOf(Encoding.UTF8.GetBytes(variable)) >= 0
            : null;
    }

    /// The memory it holds.
    public long? ResidentBytes(int pid)
    {
        Span<byte> buffer = stackalloc byte[256];
        if (ProcessTable.ReadFile($"{root}/{pid}/statm", buffer, out var length) != ProcRead.Done)
        {
            return null;
        }

        var rest = buffer[(buffer[..length].IndexOf((byte)' ') + 1)..length];
        return Utf8Parser.TryParse(rest, out long pages, out _) ? pages * Environment.SystemPageSize : null;
    }

    /// How many files, sockets and pipes it has open. Needs the rights of a debugger.
    public int? OpenFiles(int pid)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"{root}/{pid}/fd").Count();
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// How long it runs, by a clock that nobody sets.
    public TimeSpan? Age(ProcessIdentity identity)
    {
        Span<byte> buffer = stackalloc byte[128];
        if (ProcessTable.ReadFile($"{root}/uptime", buffer, out var length) != ProcRead.Done)
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(buffer[..length]);
        return double.TryParse(text.AsSpan(0, Math.Max(0, text.IndexOf(' ', StringComparison.Ordinal))), NumberStyles.Float, CultureInfo.InvariantCulture, out var uptime)
            ? TimeSpan.FromSeconds(Math.Max(0, uptime - (identity.StartTicks / TicksPerSecond)))
            : null;
    }
}
