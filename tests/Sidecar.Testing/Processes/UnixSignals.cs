using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sidecar.Testing.Processes;

/// Sends a signal to one process by its id.
public static partial class UnixSignals
{
    private const int NoSuchProcess = 3;

    public static void Send(int processId, UnixSignal signal)
    {
        // 0 and negative ids mean whole groups.
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        if (Kill(processId, (int)signal) == 0)
            return;

        var error = Marshal.GetLastPInvokeError();
        if (error != NoSuchProcess)
            throw new Win32Exception(error, $"kill({processId}, {signal}) failed");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
