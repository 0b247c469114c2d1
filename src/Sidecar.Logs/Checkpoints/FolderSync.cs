using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sidecar.Logs.Checkpoints;

/// A name that was made or changed in a folder is on disk only once the folder is, and .NET opens no folders.
internal static partial class FolderSync
{
    private const int CloseOnExec = 0x80000;

    public static void Flush(string path)
    {
        using var folder = new SafeFileHandle(Open(path, CloseOnExec), ownsHandle: true);
        if (folder.IsInvalid || Sync(folder) != 0)
            throw new IOException($"The folder '{path}' could not be flushed: errno {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle folder);
}
