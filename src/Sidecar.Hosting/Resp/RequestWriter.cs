using System.Buffers.Text;
using System.Text;

namespace Sidecar.Hosting.Resp;

/// Writes commands as every Redis reads them.
public static class RequestWriter
{
    public static byte[] Encode(params ReadOnlySpan<string> words)
    {
        var arguments = new byte[words.Length][];
        for (int i = 0; i < words.Length; i++)
            arguments[i] = Encoding.UTF8.GetBytes(words[i]);
        return Encode(arguments);
    }

    public static byte[] Encode(IReadOnlyList<byte[]> arguments)
    {
        int size = 16;
        foreach (byte[] argument in arguments)
            size += argument.Length + 16;

        var frame = new byte[size];
        int length = WriteHeader(frame, (byte)'*', arguments.Count);
        foreach (byte[] argument in arguments)
        {
            length += WriteHeader(frame.AsSpan(length), (byte)'$', argument.Length);
            argument.CopyTo(frame, length);
            length += argument.Length;
            "\r\n"u8.CopyTo(frame.AsSpan(length));
            length += 2;
        }
        return frame[..length];
    }

    private static int WriteHeader(Span<byte> into, byte type, int count)
    {
        into[0] = type;
        _ = Utf8Formatter.TryFormat(count, into[1..], out int digits);
        "\r\n"u8.CopyTo(into[(digits + 1)..]);
        return digits + 3;
    }
}
