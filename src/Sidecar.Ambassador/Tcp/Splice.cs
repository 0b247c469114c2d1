using System.Buffers;
using System.Net.Sockets;

namespace Sidecar.Ambassador.Tcp;

/// <summary>
/// Moves bytes both ways between two sockets until both sides are done. One side's end is passed on as an end, while the other
/// direction goes on; a reset is passed on as a reset. A silent connection holds no buffer.
/// </summary>
internal sealed class Splice(Socket client, Socket upstream, Action<int> clientToUpstream, Action<int> upstreamToClient)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Ends when both directions have ended. Never throws for what peers do.</summary>
    /// <returns>False when a side was reset, so that both were.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var both = await Task.WhenAll(
            PumpAsync(client, upstream, clientToUpstream, broken),
            PumpAsync(upstream, client, upstreamToClient, broken));
        return both[0] && both[1];
    }

    private static async Task<bool> PumpAsync(Socket from, Socket to, Action<int> moved, CancellationTokenSource broken)
    {
        try
        {
            while (await MoveWhatIsThereAsync(from, to, moved, broken.Token))
            {
            }

            to.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction can't end well any more: it may wait for ever for a peer that is gone.
            await broken.CancelAsync();
            return false;
        }
    }

    /// <returns>False at the end of the stream.</returns>
    private static async Task<bool> MoveWhatIsThereAsync(Socket from, Socket to, Action<int> moved, CancellationToken cancellation)
    {
        // Asks for nothing: only waits until there is something, so a thousand silent connections cost no buffer.
        await from.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellation);

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // The wait above has seen data or the end, so the first of these comes back at once.
            int received;
            do
            {
                received = await from.ReceiveAsync(buffer, SocketFlags.None, cancellation);
                if (received == 0) return false;
                for (var sent = 0; sent < received;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, received - sent), SocketFlags.None, cancellation);
                moved(received);
            }
            while (received == buffer.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return true;
    }
}
