using System.Net;
using System.Net.Sockets;

namespace AdapterBars.Surroundings;

/// Accepts every connection and never says a word.
internal sealed class HangingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<Socket> _held = new();

    public HangingServer()
    {
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                _held.Enqueue(_listener.AcceptSocket());
                // Those that gave up long ago.
                if (_held.Count > 100)
                    _held.Dequeue().Dispose();
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }
}
