using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sidecar.Hosting;

/// <summary>
/// The file that a unix socket leaves behind when its program is killed, and that would refuse the next one for ever. Anything
/// else at its place is somebody's, and stays.
/// </summary>
public static partial class SocketFile
{
    private const int WorkingFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeMask = 1;
    private const int ModeOffset = 28;
    private const int FormatMask = 0xf000;
    private const int SocketFormat = 0xc000;

    /// <summary>Null when the place is free now; else what stands there. Throws as File.Delete does.</summary>
    public static SocketObstacle? Clear(string path)
    {
        // statx has one layout on every architecture, unlike stat.
        Span<byte> stat = stackalloc byte[256];
        if (StatAt(WorkingFolder, path, NoFollow, TypeMask, stat) != 0)
            return null;

        if ((BitConverter.ToUInt16(stat[ModeOffset..]) & FormatMask) != SocketFormat)
            return SocketObstacle.NoSocket;

        if (IsServed(path))
            return SocketObstacle.Served;

        File.Delete(path);
        return null;
    }

    // Refused: nobody holds the socket any more. A type that is not its own is told only of one that is held.
    private static bool IsServed(string path)
    {
        using var caller = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            caller.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException answer)
        {
            return answer.SocketErrorCode == SocketError.ProtocolType;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatAt(int folder, string path, int flags, uint mask, Span<byte> stat);
}
