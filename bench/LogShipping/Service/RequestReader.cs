using System.Buffers.Text;

namespace LogShipping.Service;

/// Takes HTTP requests with a Content-Length off a connection, one after the other.
internal sealed class RequestReader(Stream stream)
{
    private const int LongestHead = 1 << 16;
    private byte[] _buffer = new byte[2 << 20];

    /// False at the connection's end. The body is good until the next call.
    public bool TryRead(out ReadOnlySpan<byte> body)
    {
        body = default;
        var filled = 0;
        int head;
        while ((head = _buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = filled < LongestHead ? stream.Read(_buffer, filled, LongestHead - filled) : 0;
            if (read == 0)
                return false;
            filled += read;
        }

        var end = head + 4 + LengthOf(_buffer.AsSpan(0, head + 2));
        if (end > _buffer.Length)
            Array.Resize(ref _buffer, end);
        while (filled < end)
        {
            var read = stream.Read(_buffer, filled, end - filled);
            if (read == 0)
                return false;
            filled += read;
        }

        body = _buffer.AsSpan(head + 4, end - head - 4);
        return true;
    }

    private static int LengthOf(ReadOnlySpan<byte> head)
    {
        var name = "Content-Length: "u8;
        var start = head.IndexOf(name) + name.Length;
        return Utf8Parser.TryParse(head[start..], out int length, out _) ? length : throw new InvalidDataException("a request without Content-Length");
    }
}
