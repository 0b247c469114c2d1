using System.Net.Sockets;
using Sidecar.Ambassador.Redis.Asking;
using Sidecar.Ambassador.Routes;

namespace Sidecar.Ambassador.Redis.Sentinel;

/// Asks the replica that the Sentinels chose for its role until it says master: on one connection, since a handshake costs more than
/// the question, and on another when a Sentinel cuts it, as it does when it promotes.
internal sealed class Promotion(HostPort replica, ServerAccess access, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan AnswerLimitWithTls = TimeSpan.FromSeconds(1);

    private ServerConversation? _connection;

    /// True as soon as it is master, false when it is not wanted any more.
    public async Task<bool> WaitAsync(Func<bool> isWanted, CancellationToken stopping)
    {
        while (isWanted())
        {
            if (await SaysMasterAsync(stopping))
                return true;
            await Task.Delay(Poll, time, stopping);
        }
        return false;
    }

    public void Dispose() => _connection?.Dispose();

    private async Task<bool> SaysMasterAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(access.Tls is null ? AnswerLimit : AnswerLimitWithTls);
        try
        {
            _connection ??= await ServerConversation.ConnectAsync(replica, access, limit.Token);
            var role = await _connection.CallAsync(limit.Token, "ROLE");
            return role.Items is [{ Text: "master" }, ..];
        }
        catch (Exception silent) when (silent is SocketException or IOException or OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            _connection?.Dispose();
            _connection = null;
            return false;
        }
    }
}
