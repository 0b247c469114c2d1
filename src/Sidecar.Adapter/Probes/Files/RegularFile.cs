using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sidecar.Adapter.Probes.Files;

/// Opens a file for reading without ever waiting: a pipe that nobody writes to would hold an ordinary open up for ever, and
/// a device may do anything.
internal static partial class RegularFile
{
    private const int ReadOnlyNonBlockingCloseOnExec = 0x800 | 0x80000;
    private const int EmptyPath = 0x1000;
    private const int WorkingFolder = -100;
    private const uint TypeMask = 1;
    private const int ModeOffset = 28;
    private const int FormatMask = 0xf000;
    private const int Regular = 0x8000;
    private const int Missing = 2;
    private const int Denied = 13;

    /// Null for what is no regular file. Throws as File.OpenRead does.
    public static SafeFileHandle? Open(string path)
    {
        var handle = Open(path, ReadOnlyNonBlockingCloseOnExec);
        if (handle.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            throw error switch
            {
                Missing => new FileNotFoundException(),
                Denied => new UnauthorizedAccessException(),
                _ => new IOException($"errno {error}", error),
            };
        }

        // statx has one layout on every architecture, unlike stat.
        Span<byte> stat = stackalloc byte[256];
        if (Stat(handle, "", EmptyPath, TypeMask, stat) == 0 && IsRegular(stat))
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    /// False for a pipe, a socket or a device, without opening it; true too when it has just gone.
    public static bool IsAt(string path)
    {
        Span<byte> stat = stackalloc byte[256];
        return StatAt(WorkingFolder, path, 0, TypeMask, stat) != 0 || IsRegular(stat);
    }

    private static bool IsRegular(ReadOnlySpan<byte> stat) => (BitConverter.ToUInt16(stat[ModeOffset..]) & FormatMask) == Regular;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeFileHandle folder, string path, int flags, uint mask, Span<byte> stat);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatAt(int folder, string path, int flags, uint mask, Span<byte> stat);
}
