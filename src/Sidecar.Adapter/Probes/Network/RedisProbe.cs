using System.Net.Sockets;
using Sidecar.Hosting.Resp;
using Sidecar.Hosting.Settings;

namespace Sidecar.Adapter.Probes.Network;

/// Passes when a Redis answers PING with PONG, on a fresh connection, after a log-in if there is a password. What it says instead (LOADING, NOAUTH) is the reason.
internal sealed class RedisProbe(NetworkTarget target, string? user = null, Secret? password = null) : IProbe
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
                if (password is not null && await LogInAsync(socket, password.Current, timeout) is { } refusal)
                    return refusal;

                await socket.SendAsync(Ping, timeout);
                return await ReadReplyAsync(socket, "PONG", timeout);
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

    // Null when it was let in.
    private async Task<ProbeResult?> LogInAsync(Socket socket, string secret, CancellationToken timeout)
    {
        await socket.SendAsync(user is null ? RequestWriter.Encode("AUTH", secret) : RequestWriter.Encode("AUTH", user, secret), timeout);
        var answer = await ReadReplyAsync(socket, "OK", timeout);
        return answer.HasPassed ? null : answer;
    }

    private static async Task<ProbeResult> ReadReplyAsync(Socket socket, string expected, CancellationToken timeout)
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
                return Judge(bytes.AsSpan(0, length - read + consumed), Dialed.At(socket), expected);
            if (status == FrameStatus.Malformed)
                break;
        }
        return ProbeResult.Failed("the answer is not Redis'");
    }

    private static ProbeResult Judge(ReadOnlySpan<byte> frame, string at, string expected) =>
        RespValue.TryParse(frame, out var reply) && reply is { IsError: false } && reply.Text == expected
            ? ProbeResult.Passed($"{expected}{at}")
            : ProbeResult.Failed($"answered {reply}{at}, expected {expected}");
}
