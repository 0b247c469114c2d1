using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Sidecar.Adapter.Probes.Network;

/// Passes when a connection opens, on a port or a unix socket, with TLS or without, and when what is said there, if anything
/// is expected, matches. It is closed at once.
internal sealed class TcpProbe(Func<CancellationToken, Task<Dialed>> dial, Conversation talk, TlsTrust? trust, string host, TimeProvider time) : IProbe
{
    private const int MaxAnswerBytes = 4096;

    public TcpProbe(NetworkTarget target, Conversation talk, TlsTrust? trust, TimeProvider time)
        : this(cancellation => Dialer.ConnectAsync(target, cancellation), talk, trust, target.Host, time)
    {
    }

    public TcpProbe(EndPoint endpoint, Conversation talk, TimeProvider time)
        : this(cancellation => Dialer.ConnectAsync(endpoint, cancellation), talk, null, "", time)
    {
    }

    public async Task<ProbeResult> AskAsync(CancellationToken timeout)
    {
        var steps = ProbeSteps.Seen;
        var doing = "connecting";
        steps?.Add(doing);
        var outcome = new TlsOutcome();
        try
        {
            var (socket, trouble) = await dial(timeout);
            if (socket is null)
                return ProbeResult.Failed(trouble!);

            var at = Dialed.At(socket);
            if (trust is null && talk.IsSilent)
            {
                using (socket)
                    return ProbeResult.Passed($"connected{at}");
            }

            await using var plain = new NetworkStream(socket, ownsSocket: true);
            doing = $"in the TLS handshake{at}";
            if (trust is not null)
                steps?.Add(doing);
            await using var encrypted = trust is null ? null : new SslStream(plain, leaveInnerStreamOpen: true);
            if (encrypted is not null)
                await encrypted.AuthenticateAsClientAsync(trust!.Options(host, outcome), timeout);

            doing = $"waiting for what is expected{at}";
            steps?.Add(doing);
            var result = await TalkAsync((Stream?)encrypted ?? plain, at, timeout);
            return Weighed(result, outcome);
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.TimedOut(doing);
        }
        catch (AuthenticationException)
        {
            return Weighed(ProbeResult.Failed(outcome.Refusal ?? "the TLS handshake failed"), outcome);
        }
        catch (Exception broken) when (broken is IOException or SocketException)
        {
            var socket = broken as SocketException ?? broken.InnerException as SocketException;
            return ProbeResult.Failed(socket is null ? "the connection was closed" : Dialer.Explain(socket));
        }
    }

    private ProbeResult Weighed(ProbeResult result, TlsOutcome outcome) => trust?.Weigh(result, outcome, time) ?? result;

    private async Task<ProbeResult> TalkAsync(Stream stream, string at, CancellationToken timeout)
    {
        if (talk.Send is { } words)
            await stream.WriteAsync(words, timeout);
        if (talk.Expect is not { } pattern)
            return ProbeResult.Passed($"connected{at}");

        var answer = new byte[MaxAnswerBytes];
        for (var length = 0; length < answer.Length;)
        {
            var read = await stream.ReadAsync(answer.AsMemory(length), timeout);
            if (read == 0)
                return ProbeResult.Failed($"the connection was closed{at} before what is expected came");

            length += read;
            if (pattern.IsMatch(Encoding.UTF8.GetString(answer, 0, length)))
                return ProbeResult.Passed($"connected{at}, and answered as expected");
        }
        return ProbeResult.Failed($"what is expected is not in the first {MaxAnswerBytes} bytes{at}");
    }
}
