using System.Net;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Upstreams;

/// <summary>Opens connections to endpoints the way every protocol wants them: no delay, keep-alive, and a short patience.</summary>
internal static class Dial
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // RFC 8305, section 5.
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    // Balancers and NATs forget a connection that is silent for 350 s or less.
    private const int KeepAliveSeconds = 60;
    private const int KeepAliveRetrySeconds = 10;
    private const int KeepAliveRetries = 3;

    /// <summary>Connects to whichever of the endpoint's two addresses answers first; the second is asked when the first has not answered at once (RFC 8305).</summary>
    public static async Task<Socket> ConnectAsync(Endpoint endpoint, TimeProvider time, CancellationToken cancellation)
    {
        if (endpoint.Other is not { } other) return await ConnectAsync(endpoint.Address, time, cancellation);
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var first = ConnectAsync(endpoint.Address, time, decided.Token);
        await Task.WhenAny(first, Task.Delay(HeadStart, time, decided.Token));
        if (first.IsCompletedSuccessfully) return await first;

        var second = ConnectAsync(other, time, decided.Token);
        var winner = await FirstConnectedAsync(first, second);
        await decided.CancelAsync();
        _ = LeaveAsync(winner == first ? second : first);
        return await winner;
    }

    private static async Task<Task<Socket>> FirstConnectedAsync(Task<Socket> first, Task<Socket> second)
    {
        var earlier = await Task.WhenAny(first, second);
        if (earlier.IsCompletedSuccessfully) return earlier;
        var later = earlier == first ? second : first;
        await Task.WhenAny(later);

        // When neither came about the first says why.
        return later.IsCompletedSuccessfully ? later : first;
    }

    // Both may have been connected at the same moment.
    private static async Task LeaveAsync(Task<Socket> loser)
    {
        try
        {
            (await loser).Dispose();
        }
        catch (Exception e) when (e is ConnectFailure or OperationCanceledException)
        {
            // It did not come about.
        }
    }

    public static async Task<Socket> ConnectAsync(IPEndPoint address, TimeProvider time, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Tune(socket);
            using var patience = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            await socket.ConnectAsync(address, either.Token);
            return socket;
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new ConnectFailure(ConnectFailureKind.TimedOut, $"no connection within {Patience.TotalSeconds:0.#} s", e);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ConnectFailure(Kind(e.SocketErrorCode), Words(e.SocketErrorCode), e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What both sides of a route want of a TCP socket.</summary>
    public static void Tune(Socket socket)
    {
        if (socket.ProtocolType != ProtocolType.Tcp) return;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveRetrySeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveRetries);
    }

    private static ConnectFailureKind Kind(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ConnectFailureKind.Refused,
        SocketError.TimedOut => ConnectFailureKind.TimedOut,
        _ => ConnectFailureKind.Unreachable,
    };

    private static string Words(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "unreachable",
        SocketError.TimedOut => "connect timed out",
        SocketError.TooManyOpenSockets => "no file descriptor is left",
        _ => $"can't connect ({error})",
    };
}
