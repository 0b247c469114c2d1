using System.Net;
using System.Net.Sockets;

namespace Sidecar.Testing;

/// Hands out ports that nothing listens on, each once a process.
public static class FreePort
{
    // Below the ephemeral range: a port from there may be taken by anyone's outgoing connection before it is bound.
    private const int Lowest = 20_000;
    private const int Highest = 32_000;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    public static int Next()
    {
        lock (Gate)
        {
            while (Given.Count < Highest - Lowest)
            {
                var port = Random.Shared.Next(Lowest, Highest);
                if (Given.Add(port) && IsFree(port))
                    return port;
            }
        }
        throw new InvalidOperationException($"No port between {Lowest} and {Highest} is free.");
    }

    /// This one if nothing listens on it, any other otherwise.
    public static int Preferably(int port) => IsFree(port) ? port : Next();

    private static bool IsFree(int port)
    {
        try
        {
            using var four = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            four.Bind(new IPEndPoint(IPAddress.Any, port));
            if (!Socket.OSSupportsIPv6)
                return true;

            using var six = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = false };
            six.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
