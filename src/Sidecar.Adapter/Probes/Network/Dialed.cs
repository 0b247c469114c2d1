using System.Net;
using System.Net.Sockets;

namespace Sidecar.Adapter.Probes.Network;

/// The outcome of a dial: a connected socket, or what kept us from one.
internal readonly record struct Dialed(Socket? Socket, string? Trouble)
{
    /// " at 127.0.0.1" for an address in the pod, and nothing for others: reasons are read by strangers.
    public static string At(Socket socket) =>
        socket.RemoteEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address) ? $" at {address}" : "";
}
