using System.Net.Sockets;

namespace Sidecar.Ambassador.Redis.Io;

/// What both kinds of sockets set before use.
internal static class SocketOptions
{
    private const int TcpUserTimeout = 18;
    private const int TcpLevel = 6;
    private const int UnacknowledgedLimitMilliseconds = 5000;

    public static void Apply(Socket socket)
    {
        if (socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            return;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    /// For connections to an upstream. Bytes that the peer's kernel leaves unacknowledged for so long mean that the network is gone:
    /// left alone, Linux would go on for fifteen minutes.
    public static void ApplyUpstream(Socket socket)
    {
        Apply(socket);
        if (OperatingSystem.IsLinux() && socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
            socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, BitConverter.GetBytes(UnacknowledgedLimitMilliseconds));
    }
}
