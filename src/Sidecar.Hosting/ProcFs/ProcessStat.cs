using System.Buffers.Text;
using System.Text;

namespace Sidecar.Hosting.ProcFs;

/// The part of /proc/{pid}/stat that tells processes apart. Comm is cut by the kernel at 15 bytes.
public readonly record struct ProcessStat(int Pid, string Comm, char State, int ParentPid, ulong StartTicks)
{
    private const int FieldsBetweenParentAndStart = 17;

    public ProcessIdentity Identity => new(Pid, StartTicks);

    /// A zombie has ended and waits to be reaped: it holds a pid and does nothing.
    public bool HasEnded => State is 'Z' or 'X' or 'x';

    public static bool TryParse(ReadOnlySpan<byte> line, out ProcessStat stat)
    {
        stat = default;
        // The name may hold blanks and parentheses, so its end is the last one of the line.
        var open = line.IndexOf((byte)'(');
        var close = line.LastIndexOf((byte)')');
        if (open < 1 || close < open || !TryTakeNumber(line[..open], out int pid))
        {
            return false;
        }

        var rest = line[(close + 1)..].TrimStart((byte)' ');
        if (rest.Length < 2)
        {
            return false;
        }

        var state = (char)rest[0];
        rest = rest[1..].TrimStart((byte)' ');
        if (!TryTakeNumber(rest, out int parent))
        {
            return false;
        }

        for (var skipped = 0; skipped <= FieldsBetweenParentAndStart; skipped++)
        {
            var blank = rest.IndexOf((byte)' ');
            if (blank < 0)
            {
                return false;
            }

            rest = rest[(blank + 1)..];
        }

        if (!Utf8Parser.TryParse(rest, out ulong start, out _))
        {
            return false;
        }

        stat = new ProcessStat(pid, Encoding.UTF8.GetString(line[(open + 1)..close]), state, parent, start);
        return true;
    }

    private static bool TryTakeNumber(ReadOnlySpan<byte> text, out int number) => Utf8Parser.TryParse(text, out number, out _);
}
