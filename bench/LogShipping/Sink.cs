using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace LogShipping;

/// A CloudWatch that costs next to nothing: it takes every body off a bare socket, answers {}, and counts events by their
/// opening braces, which the lines of the backlog have none of.
internal sealed class Sink : IDisposable
{
    private const int BufferBytes = 1 << 18;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private long _events;
    private long _bodies;
    private long _bytes;

    public Sink()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        Url = new Uri($"http://{_listener.LocalEndPoint}");
        new Thread(Accept) { IsBackground = true, Name = "sink" }.Start();
    }

    public Uri Url { get; }

    public long Events => Volatile.Read(ref _events);

    public long Bodies => Volatile.Read(ref _bodies);

    public long Bytes => Volatile.Read(ref _bytes);

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.Accept();
                connection.NoDelay = true;
                new Thread(() => Serve(connection)) { IsBackground = true, Name = "sink connection" }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed: the measurement is over.
        }
    }

    private void Serve(Socket connection)
    {
        var answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}"u8;
        var buffer = new byte[BufferBytes];
        try
        {
            using (connection)
            {
                while (TakeBody(connection, buffer))
                    connection.Send(answer);
            }
        }
        catch (SocketException)
        {
            // The agent has ended.
        }
    }

    private bool TakeBody(Socket connection, byte[] buffer)
    {
        var filled = 0;
        int head;
        while ((head = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = connection.Receive(buffer, filled, buffer.Length - filled, SocketFlags.None);
            if (read == 0)
                return false;
            filled += read;
        }

        var length = LengthOf(buffer.AsSpan(0, head + 2));
        var chunk = buffer.AsSpan(head + 4, filled - head - 4);
        long left = length - chunk.Length;
        long braces = chunk.Count((byte)'{');
        while (left > 0)
        {
            var read = connection.Receive(buffer, 0, (int)Math.Min(buffer.Length, left), SocketFlags.None);
            if (read == 0)
                return false;
            braces += buffer.AsSpan(0, read).Count((byte)'{');
            left -= read;
        }

        Interlocked.Add(ref _bytes, length);
        Interlocked.Increment(ref _bodies);
        Interlocked.Add(ref _events, braces - 1);
        return true;
    }

    private static long LengthOf(ReadOnlySpan<byte> head)
    {
        var name = "Content-Length: "u8;
        var start = head.IndexOf(name) + name.Length;
        return Utf8Parser.TryParse(head[start..], out long length, out _) ? length : throw new InvalidDataException("a request without Content-Length");
    }
}
