using System.Buffers.Text;

namespace Sidecar.Ambassador.Redis;

/// Reads the words of a frame whose end may not be there yet.
internal static class BulkWord
{
    /// Takes a length and the word behind it ("$3\r\nGET\r\n") off `rest`. False when the word is not there, or not whole.
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        word = default;
        if (rest.IsEmpty || rest[0] != '$')
            return false;
        int end = rest.IndexOf((byte)'\r');
        if (end < 0 || !Utf8Parser.TryParse(rest[1..end], out int length, out int read) || read != end - 1 || length < 0)
            return false;
        rest = rest[Math.Min(end + 2, rest.Length)..];
        if (rest.Length < length)
            return false;
        word = rest[..length];
        rest = rest[Math.Min(length + 2, rest.Length)..];
        return true;
    }
}
