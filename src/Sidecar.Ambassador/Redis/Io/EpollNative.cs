using System.Runtime.InteropServices;

namespace Sidecar.Ambassador.Redis.Io;

/// The kernel calls of the event loop, and the one layout that differs between processors.
internal static unsafe partial class EpollNative
{
    public const int Add = 1;
    public const int Delete = 2;
    public const int Modify = 3;

    public const uint In = 0x1;
    public const uint Out = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;

    public const int Again = 11;
    public const int Interrupted = 4;

    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;

    // EPOLL_CLOEXEC, EFD_CLOEXEC and EFD_NONBLOCK.
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    /// epoll_event is packed on x86-64 only: 4 + 8 bytes there, 4 + 4 unused + 8 elsewhere.
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static readonly int DataOffset = EventSize - 8;

    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static int Create() => epoll_create1(CloseOnExec);

    public static int CreateWakeUp() => eventfd(0, CloseOnExec | NonBlocking);

    public static int Control(int epoll, int operation, int descriptor, uint events, ulong data)
    {
        byte* one = stackalloc byte[16];
        *(uint*)one = events;
        *(ulong*)(one + DataOffset) = data;
        return epoll_ctl(epoll, operation, descriptor, one);
    }

    public static uint EventsOf(byte* one) => *(uint*)one;

    public static ulong DataOf(byte* one) => *(ulong*)(one + DataOffset);

    [LibraryImport("libc")]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    private static partial int eventfd(uint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* one);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int Wait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int descriptor, byte* into, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int descriptor, byte* from, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    public static partial nint Read(int descriptor, byte* into, nint length);

    [LibraryImport("libc", EntryPoint = "write")]
    public static partial nint Write(int descriptor, byte* from, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);
}
