using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Tailing;

/// What the kernel says of a file without reading it; when it was born and where it is mounted are 0 where that is not known.
/// Times are those of its volume, and count from 1970. statx has one layout on every architecture, unlike stat.
internal readonly partial record struct FileStat(
    FileIdentity Identity, long Size, long ModifiedNs, bool IsRegular, bool IsDeleted = false, long AllocatedBytes = 0, long BornNs = 0, long MountId = 0)
{
    private const int ShortPathBytes = 512;
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint Wanted = 0x7ff | Birth | Mount;
    private const uint Mount = 0x1000;
    private const uint Birth = 0x800;
    private const int FormatMask = 0xf000;
    private const int RegularFile = 0x8000;
    private const int BlockBytes = 512;
    private const long NsPerMs = 1_000_000;

    public long ModifiedMs => ModifiedNs / NsPerMs;

    public long BornMs => BornNs / NsPerMs;

    /// Follows symbolic links; null when there is nothing, or we may not look.
    public static FileStat? Of(string path)
    {
        Span<byte> buffer = stackalloc byte[RawPath.Fits(path, ShortPathBytes) ? ShortPathBytes : RawPath.MaxBytes];
        var bytes = RawPath.ToBytes(path, buffer);
        return !bytes.IsEmpty && StatPath(CurrentFolder, bytes, 0, Wanted, out var raw) == 0 ? From(raw) : null;
    }

    public static FileStat Of(SafeFileHandle file) =>
        StatHandle(file, "", EmptyPath, Wanted, out var raw) == 0
            ? From(raw)
            : throw new IOException($"statx failed with errno {Marshal.GetLastPInvokeError()}.");

    private static FileStat From(in RawStat raw) => new(
        new FileIdentity(((ulong)raw.DeviceMajor << 32) | raw.DeviceMinor, raw.Inode),
        (long)raw.Size,
        ToNs(raw.ModifiedSeconds, raw.ModifiedNanoseconds),
        (raw.Mode & FormatMask) == RegularFile,
        IsDeleted: raw.Links == 0,
        AllocatedBytes: (long)raw.Blocks * BlockBytes,
        BornNs: (raw.Mask & Birth) == 0 ? 0 : ToNs(raw.BornSeconds, raw.BornNanoseconds),
        MountId: (raw.Mask & Mount) == 0 ? 0 : (long)raw.MountId);

    private static long ToNs(long seconds, uint nanoseconds) => (seconds * 1000 * NsPerMs) + nanoseconds;

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatPath(int folder, ReadOnlySpan<byte> path, int flags, uint mask, out RawStat stat);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatHandle(SafeFileHandle folder, string path, int flags, uint mask, out RawStat stat);

    /// struct statx, the fields that are read.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct RawStat
    {
        [FieldOffset(0)]
        public uint Mask;

        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(48)]
        public ulong Blocks;

        [FieldOffset(80)]
        public long BornSeconds;

        [FieldOffset(88)]
        public uint BornNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;

        [FieldOffset(144)]
        public ulong MountId;
    }
}
