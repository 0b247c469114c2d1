using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tailing;

/// A file that is read as it is.
internal sealed partial class PlainBytes(SafeFileHandle file) : ITailBytes
{
    private const int SeekData = 3;
    private const int NoSuchPlace = 6;
    private const int NoEntry = 2;
    private const int BlockBytes = 64 * 1024;

    /// For reading, never waiting for a pipe's other end, and not for child processes.
    private const int OpenFlags = 0x800 | 0x80000;

    public bool IsFixed => false;

    /// Null, with the reason, when it can't be opened. Unlike .NET, this locks nothing: an application must be able to lock its own
    /// log, and to be followed although it did.
    public static SafeFileHandle? Open(string path, out string? reason)
    {
        Span<byte> buffer = stackalloc byte[RawPath.MaxBytes];
        reason = null;
        var bytes = RawPath.ToBytes(path, buffer);
        var handle = bytes.IsEmpty ? -1 : OpenPath(bytes, OpenFlags);
        if (handle >= 0)
            return new SafeFileHandle(handle, ownsHandle: true);

        var error = bytes.IsEmpty ? 0 : Marshal.GetLastPInvokeError();
        reason = error == NoEntry ? null : bytes.IsEmpty ? "its path is too long" : Marshal.GetPInvokeErrorMessage(error);
        return null;
    }

    public FileStat Look() => FileStat.Of(file);

    public int Read(Span<byte> into, long offset) => RandomAccess.Read(file, into, offset);

    public long? EndOfHole(long offset)
    {
        var block = new byte[BlockBytes];
        while (true)
        {
            // Where holes are not known, all of the file is data, and the NULs are read.
            var data = Seek(file, offset, SeekData);
            if (data < 0 && Marshal.GetLastPInvokeError() == NoSuchPlace)
                return null;

            offset = Math.Max(offset, data);
            var read = Read(block, offset);
            var zeros = Hole.RunLength(block.AsSpan(0, read));
            offset += zeros;
            if (zeros < read)
                return offset;
            if (read == 0)
                return null;
        }
    }

    public void Dispose() => file.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int OpenPath(ReadOnlySpan<byte> path, int flags);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int from);
}
