using System.Net;
using System.Net.Sockets;
using Sidecar.Testing;

namespace HttpFaults;

/// A DNS server that knows some IPv4 addresses, whatever the name, and can change its mind.
internal sealed class NameServer : IAsyncDisposable
{
    public const int Ttl = 2;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    public NameServer(params IPAddress[] answer)
    {
        Answer = answer;
        Address = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        _socket.Bind(Address);
        _serving = ServeAsync();
    }

    public IPEndPoint Address { get; }

    public IReadOnlyList<IPAddress> Answer { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        byte[] question = new byte[512];
        try
        {
            while (true)
            {
                var from = await _socket.ReceiveFromAsync(question, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
                await _socket.SendToAsync(AnswerTo(question.AsSpan(0, from.ReceivedBytes)), SocketFlags.None, from.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private byte[] AnswerTo(ReadOnlySpan<byte> message)
    {
        int end = 12 + message[12..].IndexOf((byte)0) + 5;
        bool isA = message[end - 3] == 1;
        var addresses = isA ? Answer : [];
        byte[] answer = new byte[end + (16 * addresses.Count)];
        message[..end].CopyTo(answer);
        // An answer, by one who recurses; one question, some records or none, and nothing else.
        (answer[2], answer[3]) = (0x85, 0x80);
        answer.AsSpan(4, 8).Clear();
        (answer[5], answer[7]) = (1, (byte)addresses.Count);
        foreach (var address in addresses)
        {
            ReadOnlySpan<byte> record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, Ttl, 0, 4, .. address.GetAddressBytes()];
            record.CopyTo(answer.AsSpan(end));
            end += record.Length;
        }

        return answer;
    }
}
