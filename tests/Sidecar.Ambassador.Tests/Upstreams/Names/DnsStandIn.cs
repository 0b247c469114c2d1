using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sidecar.Ambassador.Upstreams.Names;
using Sidecar.Testing;

namespace Sidecar.Ambassador.Tests.Upstreams.Names;

/// A DNS server on loopback, by datagram and stream, that answers what the test says, also what no proper server would.
internal sealed class DnsStandIn : IAsyncDisposable
{
    private const int MostThatFits = 512;

    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _streams;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    public DnsStandIn()
    {
        Address = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
        _datagrams.Bind(Address);
        _streams = new TcpListener(Address);
        _streams.Start();
        _serving = Task.WhenAll(ServeDatagramsAsync(), ServeStreamsAsync());
    }

    public IPEndPoint Address { get; }

    /// "A orders.test" for each question that came.
    public ConcurrentQueue<string> Questions { get; } = new();

    public ConcurrentQueue<string> QuestionsByStream { get; } = new();

    /// By "A orders.test": the records of the answer. What is not here does not exist.
    public ConcurrentDictionary<string, DnsRecord[]> Records { get; } = new();

    /// A type of record that it does not answer for.
    public string? Ignored { get; init; }

    /// Answers nobody.
    public bool IsSilent { get; set; }

    /// Refuses to serve: SERVFAIL.
    public bool IsSick { get; set; }

    /// What is put in front of each answer, as somebody does who guesses.
    public Func<byte[], byte[]>? Forgery { get; set; }

    public void SetA(string name, int seconds, params string[] addresses) => Records[$"A {name}"] =
        [.. addresses.Select(address => new DnsRecord(name, DnsType.A, TimeSpan.FromSeconds(seconds), Address: IPAddress.Parse(address)))];

    public async ValueTask DisposeAsync()
    {
        // A listener that is closed between two accepts throws what nobody expects.
        await _stopping.CancelAsync();
        await _serving;
        _datagrams.Dispose();
        _streams.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeDatagramsAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var got = await _datagrams.ReceiveFromAsync(buffer, SocketFlags.None, Address, _stopping.Token);
                if (IsSilent) continue;
                var answer = Answer(buffer.AsSpan(0, got.ReceivedBytes), MostThatFits, Questions);
                if (Ignored != null && Questions.Last().StartsWith(Ignored + ' ', StringComparison.Ordinal)) continue;
                if (Forgery?.Invoke(answer) is { } forged) await _datagrams.SendToAsync(forged, SocketFlags.None, got.RemoteEndPoint, _stopping.Token);
                await _datagrams.SendToAsync(answer, SocketFlags.None, got.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeStreamsAsync()
    {
        try
        {
            while (true)
            {
                using var socket = await _streams.AcceptSocketAsync(_stopping.Token);
                await using var stream = new NetworkStream(socket);
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stopping.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stopping.Token);
                var answer = Answer(question, int.MaxValue, QuestionsByStream);
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer], _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> question, int mostBytes, ConcurrentQueue<string> seen)
    {
        var at = 12;
        var labels = new List<string>();
        for (; question[at] != 0; at += question[at] + 1) labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, question[at])));
        var asked = $"{((DnsType)BinaryPrimitives.ReadUInt16BigEndian(question[(at + 1)..])).ToString().ToUpperInvariant()} {string.Join('.', labels)}";
        seen.Enqueue(asked);

        var isKnown = Records.TryGetValue(asked, out var records);
        var isThere = isKnown || Records.Keys.Any(key => key.EndsWith($" {string.Join('.', labels)}", StringComparison.Ordinal));
        var code = IsSick ? 2 : isThere ? 0 : 3;
        using var body = new MemoryStream();
        foreach (var record in records ?? []) Write(body, record);
        var isTruncated = body.Length > mostBytes;
        using var message = new MemoryStream();
        message.Write(question[..2]);
        Write(message, (ushort)(0x8180 | code | (isTruncated ? 0x0200 : 0)), 1, isTruncated || IsSick ? (ushort)0 : (ushort)(records?.Length ?? 0), 0, 0);
        message.Write(question[12..(at + 5)]);
        if (!isTruncated && !IsSick) message.Write(body.ToArray());
        return message.ToArray();
    }

    private static void Write(MemoryStream to, DnsRecord record)
    {
        WriteName(to, record.Name);
        using var data = new MemoryStream();
        if (record.Address != null) data.Write(record.Address.GetAddressBytes());
        if (record.Srv is { } srv) Write(data, (ushort)srv.Priority, (ushort)srv.Weight, (ushort)srv.Port);
        if (record.Target != null) WriteName(data, record.Target);
        Write(to, (ushort)record.Type, 1, 0, (ushort)record.Ttl.TotalSeconds, (ushort)data.Length);
        to.Write(data.ToArray());
    }

    private static void WriteName(MemoryStream to, string name)
    {
        foreach (var label in name.Split('.'))
        {
            to.WriteByte((byte)label.Length);
            to.Write(Encoding.ASCII.GetBytes(label));
        }

        to.WriteByte(0);
    }

    private static void Write(MemoryStream to, params ReadOnlySpan<ushort> values)
    {
        foreach (var value in values)
        {
            to.WriteByte((byte)(value >> 8));
            to.WriteByte((byte)value);
        }
    }
}
