using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Sidecar.Hosting;

namespace Sidecar.Ambassador.Routes;

/// <summary>
/// The sockets that the routes listen on. All are opened before anything is served, so an address that is taken ends the program
/// with nothing half-started.
/// </summary>
internal sealed class RouteListeners(IReadOnlyList<Route> routes) : IHostedService, IDisposable
{
    // The kernel cuts it down to net.core.somaxconn.
    private const int Backlog = 4096;

    private readonly Dictionary<string, List<Socket>> _sockets = [];
    private readonly Dictionary<EndPoint, Socket?> _opened = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var route in routes)
            {
                var opened = _sockets[route.Name] = [];
                foreach (var address in route.Listen)
                {
                    // Routes that share an address share its socket.
                    if (!_opened.TryGetValue(address.EndPoint, out var socket)) _opened[address.EndPoint] = socket = Open(route, address);
                    if (socket != null) opened.Add(socket);
                }
            }

            return Task.CompletedTask;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The route's sockets, listening. Whoever serves the route accepts from them; closing them ends the accepting.</summary>
    public IReadOnlyList<Socket> Of(Route route) => _sockets.TryGetValue(route.Name, out var sockets) ? sockets : [];

    public void Dispose()
    {
        foreach (var socket in _sockets.Values.SelectMany(sockets => sockets)) socket.Dispose();
    }

    private static Socket? Open(Route route, ListenAddress address)
    {
        try
        {
            return Open(address.EndPoint, route.ListenMode);
        }
        catch (SocketException e) when (address.IsOptional && IsMissing(e))
        {
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new ListenException($"{route.Variable}_LISTEN", address.ToString(), e);
        }
    }

    private static Socket Open(EndPoint endPoint, UnixFileMode? mode)
    {
        if (endPoint is UnixDomainSocketEndPoint unix) return OpenUnix(unix, mode);
        var isAny = endPoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.IPv6Any);
        if (isAny && !Socket.OSSupportsIPv6) return Open(new IPEndPoint(IPAddress.Any, ((IPEndPoint)endPoint).Port), mode);
        return Listen(new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp), endPoint, isDualMode: isAny, mode: null);
    }

    // A socket that a dead process left behind is in nobody's use; whatever else stands there is.
    private static Socket OpenUnix(UnixDomainSocketEndPoint unix, UnixFileMode? mode)
    {
        switch (SocketFile.Clear(unix.ToString()))
        {
            case SocketObstacle.Served: throw new SocketException((int)SocketError.AddressAlreadyInUse);
            case SocketObstacle.NoSocket: throw new IOException("what stands there is no socket, and is left alone; another path is expected");
        }

        return Listen(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), unix, isDualMode: false, mode);
    }

    private static Socket Listen(Socket socket, EndPoint endPoint, bool isDualMode, UnixFileMode? mode)
    {
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = isDualMode;
            socket.Bind(endPoint);
            // Before it listens: until then nobody can connect.
            if (mode is { } allowed && !OperatingSystem.IsWindows()) File.SetUnixFileMode(endPoint.ToString()!, allowed);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsMissing(SocketException e) =>
        e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable or SocketError.ProtocolFamilyNotSupported;
}
