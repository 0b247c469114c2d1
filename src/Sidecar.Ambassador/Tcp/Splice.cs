using System.Buffers;
using System.Net.Sockets;
using Sidecar.Ambassador.Upstreams;

namespace Sidecar.Ambassador.Tcp;

/// <summary>
/// Moves bytes both ways between two sides until both are done. One side's end is passed on as an end, while the other
/// direction goes on; a reset is passed on as a reset. A silent connection holds no buffer.
/// </summary>
internal sealed class Splice(Wire client, Wire upstream, Action<int> clientToUpstream, Action<int> upstreamToClient)
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Ends when both directions have ended, or one of the two tokens. Never throws for what peers do.</summary>
    /// <returns>False when a side was reset, so that both were.</returns>
    public async Task<bool> RunAsync(CancellationToken cut, CancellationToken left)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cut, left);
        var both = await Task.WhenAll(
            PumpAsync(client, upstream, clientToUpstream, broken),
            PumpAsync(upstream, client, upstreamToClient, broken));
        return both[0] && both[1];
    }

    private static async Task<bool> PumpAsync(Wire from, Wire to, Action<int> moved, CancellationTokenSource broken)
    {
        try
        {
            while (await MoveWhatIsThereAsync(from, to, moved, broken.Token))
            {
            }

            await to.EndSendingAsync(broken.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other direction can't end well any more: it may wait for ever for a peer that is gone.
            await broken.CancelAsync();
            return false;
        }
    }

    /// <returns>False at the end of the stream.</returns>
    private static async Task<bool> MoveWhatIsThereAsync(Wire from, Wire to, Action<int> moved, CancellationToken cancellation)
    {
        // Asks for nothing: only waits until there is something, so a thousand silent connections cost no buffer.
        await from.ReceiveAsync(Memory<byte>.Empty, cancellation);

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // The wait above has seen data or the end, so the first of these comes back at once.
            int received;
            do
            {
                received = await from.ReceiveAsync(buffer, cancellation);
                if (received == 0) return false;
                await to.SendAsync(buffer.AsMemory(0, received), cancellation);
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
