using System.Text;
using Sidecar.Testing;

namespace Sidecar.Hosting.Tests.ProcFs;

/// A /proc of our own making, for what a test can't bring about in the real one.
internal sealed class FakeProc : IDisposable
{
    private readonly TempVolume _volume = new();

    public string Root => _volume.Root;

    public static byte[] StatLine(int pid, string comm, char state, int parent, ulong start) =>
        Encoding.UTF8.GetBytes(
            $"{pid} ({comm}) {state} {parent} {pid} {pid} 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 {start} 8192 200 18446744073709551615 0 0\n");

    public FakeProc Process(int pid, string comm, int parent, string arguments = "", char state = 'S', ulong start = 100)
    {
        _volume.Write($"{pid}/stat", Encoding.UTF8.GetString(StatLine(pid, comm, state, parent, start)));
        _volume.Write($"{pid}/cmdline", arguments.Replace(' ', '\0') + '\0');
        return this;
    }

    public FakeProc Executable(int pid, string target)
    {
        File.CreateSymbolicLink(_volume.PathOf($"{pid}/exe"), target);
        return this;
    }

    public void Remove(int pid) => Directory.Delete(_volume.PathOf($"{pid}"), recursive: true);

    public void Dispose() => _volume.Dispose();
}
