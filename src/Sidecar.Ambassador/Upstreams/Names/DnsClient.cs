using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sidecar.Ambassador.Upstreams.Names;

/// <summary>
/// Asks DNS servers, one after the other, and keeps what the system's resolver does not tell: how long an answer holds. Each question
/// goes from a port of its own with a number of its own, so nobody off the path can answer it.
/// </summary>
internal sealed class DnsClient(IReadOnlyList<IPEndPoint> servers, TimeSpan patience, int rounds, TimeProvider time)
{
    /// <summary>An answer, also one that says no; null when no server gave one.</summary>
    public async Task<DnsResponse?> AskAsync(string name, DnsType type, CancellationToken cancellation)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in servers)
            {
                var response = await AskAsync(server, name, type, cancellation);
                // Any other code is the server's own trouble; the next one may know.
                if (response is { Code: DnsResponse.NoError or DnsResponse.NameError }) return response;
            }
        }

        return null;
    }

    private async Task<DnsResponse?> AskAsync(IPEndPoint server, string name, DnsType type, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        if (DnsMessage.Question(id, name, type) is not { } question) return null;
        try
        {
            var response = await ByDatagramAsync(server, question, id, name, type, either.Token);
            return response.IsTruncated ? await ByStreamAsync(server, question, id, name, type, either.Token) : response;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }

    private static async Task<DnsResponse> ByDatagramAsync(
        IPEndPoint server, byte[] question, ushort id, string name, DnsType type, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(question, SocketFlags.None, cancellation);
        var buffer = new byte[DnsMessage.MaxDatagram];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);
            if (DnsMessage.Read(buffer.AsSpan(0, length), id, name, type) is { } response) return response;
        }
    }

    private static async Task<DnsResponse?> ByStreamAsync(
        IPEndPoint server, byte[] question, ushort id, string name, DnsType type, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellation);
        await using var stream = new NetworkStream(socket);
        var framed = new byte[2 + question.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)question.Length);
        question.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellation);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellation);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, cancellation);
        return DnsMessage.Read(answer, id, name, type);
    }
}
