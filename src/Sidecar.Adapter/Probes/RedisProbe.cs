using System.Net.Sockets;
using Sidecar.Hosting.Resp;

namespace Sidecar.Adapter.Probes;

/// Passes when a Redis answers PING with PONG, on a fresh connection. What it says instead (LOADING, NOAUTH) is the reason.
internal sealed class RedisProbe(NetworkTarget target) : IProbe
{
    private const int MaxReplyBytes = 1024;

    private static readonly byte[] Ping = RequestWriter.Encode("PING");

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        var doing = "connecting";
        try
        {
            var (socket, trouble) = await Dialer.ConnectAsync(target, timeout);
            if (socket is null)
                return ProbeResult.Failed(trouble!);

            using (socket)
            {
                doing = $"waiting for PONG{Dialed.At(socket)}";
                await socket.SendAsync(Ping, timeout);
                return await ReadReplyAsync(socket, timeout);
            }
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.TimedOut(doing);
        }
        catch (SocketException trouble)
        {
            return ProbeResult.Failed(Dialer.Explain(trouble));
        }
    }

    private static async Task<ProbeResult> ReadReplyAsync(Socket socket, CancellationToken timeout)
    {
        var reader = default(ReplyReader);
        var bytes = new byte[MaxReplyBytes];
        var length = 0;
        while (length < bytes.Length)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(length), timeout);
            if (read == 0)
                return ProbeResult.Failed("the connection was closed before an answer");

            var status = reader.Read(bytes.AsSpan(length, read), out var consumed);
            length += read;
            if (status == FrameStatus.Complete)
                return Judge(bytes.AsSpan(0, length - read + consumed), Dialed.At(socket));
            if (status == FrameStatus.Malformed)
                break;
        }
        return ProbeResult.Failed("the answer is not Redis'");
    }

    private static ProbeResult Judge(ReadOnlySpan<byte> frame, string at) =>
        RespValue.TryParse(frame, out var reply) && reply is { IsError: false, Text: "PONG" }
            ? ProbeResult.Passed($"PONG{at}")
            : ProbeResult.Failed($"answered {reply}{at}, expected PONG");
}
