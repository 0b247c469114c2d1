using System.Collections.Concurrent;
using System.Net.Sockets;
using Sidecar.Ambassador.Routes;
using Sidecar.Hosting.Work;

namespace Sidecar.Ambassador.Redis.Asking;

/// Asks servers the same again and again, on connections that are kept: a handshake costs more than the question.
internal sealed class KeptConversations(ServerAccess access) : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan AnswerLimitWithTls = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<HostPort, ServerConversation> _kept = [];

    /// What is said first on a new connection; its answer does not matter.
    public byte[]? Greeting { get; set; }

    /// What the server answers in time, or what is wrong with it. The question is asked once or twice.
    public async Task<(T? Answer, string? Complaint)> AskAsync<T>(
        HostPort server, Func<ServerConversation, CancellationToken, Task<(T? Answer, string? Complaint)>> question, CancellationToken stopping)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(access.Tls is null ? AnswerLimit : AnswerLimitWithTls);
        try
        {
            // A Sentinel cuts its clients when a configuration changes: what was kept may be gone, which says nothing of the server.
            if (_kept.TryRemove(server, out var kept) && await AskAsync(server, kept, greeting: null, question, limit.Token) is { Complaint: null } answer)
                return answer;
            return await AskAsync(server, await ServerConversation.ConnectAsync(server, access, limit.Token), Greeting, question, limit.Token);
        }
        catch (Exception silent) when (Loops.IsExpected(silent) || (silent is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return (null, Why(silent));
        }
    }

    /// The others are asked no more.
    public void KeepOnly(IReadOnlyCollection<HostPort> servers)
    {
        foreach (var server in _kept.Keys)
        {
            if (!servers.Contains(server) && _kept.TryRemove(server, out var conversation))
                conversation.Dispose();
        }
    }

    public void Dispose() => KeepOnly([]);

    private async Task<(T? Answer, string? Complaint)> AskAsync<T>(
        HostPort server,
        ServerConversation conversation,
        byte[]? greeting,
        Func<ServerConversation, CancellationToken, Task<(T? Answer, string? Complaint)>> question,
        CancellationToken limit)
        where T : class
    {
        bool isKept = false;
        try
        {
            if (greeting is not null)
                await conversation.CallAsync(greeting, limit);
            var answer = await question(conversation, limit);
            isKept = answer.Complaint is null && _kept.TryAdd(server, conversation);
            return answer;
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            return (null, Why(gone));
        }
        finally
        {
            if (!isKept)
                conversation.Dispose();
        }
    }

    private static string Why(Exception silent) => silent switch
    {
        ServerRefusal or SocketException => silent.Message,
        OperationCanceledException => "no answer in time",
        _ => "the connection was lost",
    };
}
