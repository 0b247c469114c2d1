using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sidecar.Testing.Replay;

/// One client of a stream: what it heard so far, reply by reply.
internal sealed class ReplayConnection : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = 10_000 };
    private byte[] _buffer = new byte[16 * 1024];
    private int _filled;

    public ReplayConnection(int port) => _socket.Connect(IPAddress.Loopback, port);

    public List<byte[]> Heard { get; } = [];

    /// How many replies it would have heard, if each request had one.
    public int Asked { get; set; }

    /// The server, or who stands for it, has closed.
    public bool IsClosed { get; private set; }

    /// In the middle of a reply.
    public bool IsAmidst => _filled > 0;

    public string Id { get; private set; } = "0";

    public string LastDump { get; private set; } = "";

    /// Asks for the number that CLIENT KILL and its like take; nobody else hears the reply.
    public void LearnId()
    {
        Send("*2\r\n$6\r\nCLIENT\r\n$2\r\nID\r\n"u8, 0);
        if (!ReadUntil(() => Heard.Count > 0, TimeSpan.FromSeconds(5)))
            throw new TimeoutException("CLIENT ID was not answered");
        Id = ReplyTree.Parse(Heard[0]).Text;
        Heard.Clear();
    }

    public void Send(ReadOnlySpan<byte> bytes, int piece)
    {
        try
        {
            for (int i = 0; i < bytes.Length; i += piece)
            {
                piece = piece == 0 ? bytes.Length : piece;
                _socket.Send(bytes.Slice(i, Math.Min(piece, bytes.Length - i)));
            }
        }
        catch (SocketException)
        {
            // Closed in the middle of it; reading says so.
        }
    }

    /// Takes in what is there; false when nothing came.
    public bool Read(TimeSpan patience)
    {
        if (IsClosed || !_socket.Poll(patience, SelectMode.SelectRead))
            return false;
        if (_filled == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        int count;
        try
        {
            count = _socket.Receive(_buffer.AsSpan(_filled));
        }
        catch (SocketException)
        {
            count = 0;
        }
        IsClosed = count == 0;
        _filled += count;
        Cut();
        return true;
    }

    public bool ReadUntil(Func<bool> isEnough, TimeSpan patience)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!isEnough())
        {
            if (!Read(patience < Beat ? patience : Beat) && (IsClosed || TimeProvider.System.GetElapsedTime(started) > patience))
                return isEnough();
        }
        return true;
    }

    public void Dispose() => _socket.Dispose();

    // A bulk string that ends as DUMP ends one: the version of the format in two bytes, and a check sum in eight.
    private static bool IsDump(byte[] frame) => frame[0] == '$' && frame.Length > 18 && frame[^12] < 20 && frame[^11] == 0;

    private void Cut()
    {
        int start = 0;
        int length;
        while ((length = ReplyTree.Measure(_buffer.AsSpan(start, _filled - start))) > 0)
        {
            byte[] frame = _buffer.AsSpan(start, length).ToArray();
            start += length;
            if (IsDump(frame))
                LastDump = ReplyTree.Parse(frame).Text;
            if (!NaturalDifferences.IsNoise(Encoding.Latin1.GetString(frame.AsSpan(0, Math.Min(frame.Length, 200)))))
                Heard.Add(frame);
        }
        _buffer.AsSpan(start, _filled - start).CopyTo(_buffer);
        _filled -= start;
    }
}
