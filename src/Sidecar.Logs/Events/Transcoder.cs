using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Sidecar.Logs.Discovery;

namespace Sidecar.Logs.Events;

/// Turns bytes of a file into valid UTF-8; what is no character becomes U+FFFD. Stops at a whole character when the room ends.
internal static class Transcoder
{
    /// How many bytes of UTF-8 may come of one byte.
    public const int MaxGrowth = 3;

    private const int CharsAtOnce = 1024;

    public static void ToUtf8(TextEncoding encoding, ReadOnlySpan<byte> bytes, Span<byte> utf8, out int read, out int written)
    {
        switch (encoding)
        {
            case TextEncoding.Utf8:
                FromUtf8(bytes, utf8, out read, out written);
                break;
            case TextEncoding.Latin1:
                FromLatin1(bytes, utf8, out read, out written);
                break;
            default:
                FromUtf16(bytes, encoding == TextEncoding.Utf16BigEndian, utf8, out read, out written);
                break;
        }
    }

    private static void FromUtf8(ReadOnlySpan<byte> bytes, Span<byte> utf8, out int read, out int written)
    {
        read = written = 0;
        while (read < bytes.Length)
        {
            if (CopyAscii(bytes, utf8, ref read, ref written))
                continue;

            _ = Rune.DecodeFromUtf8(bytes[read..], out var rune, out var consumed);
            if (!rune.TryEncodeToUtf8(utf8[written..], out var length))
                return;
            read += consumed;
            written += length;
        }
    }

    private static void FromLatin1(ReadOnlySpan<byte> bytes, Span<byte> utf8, out int read, out int written)
    {
        read = written = 0;
        while (read < bytes.Length)
        {
            if (CopyAscii(bytes, utf8, ref read, ref written))
                continue;
            if (written + (bytes[read] < 0x80 ? 1 : 2) > utf8.Length)
                return;

            utf8[written++] = (byte)(0xC0 | (bytes[read] >> 6));
            utf8[written++] = (byte)(0x80 | (bytes[read++] & 0x3F));
        }
    }

    /// Most text is ASCII, whatever its encoding. True when there was some, and room for it.
    private static bool CopyAscii(ReadOnlySpan<byte> bytes, Span<byte> utf8, ref int read, ref int written)
    {
        var rest = bytes[read..];
        var length = rest.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        length = Math.Min(length < 0 ? rest.Length : length, utf8.Length - written);
        rest[..length].CopyTo(utf8[written..]);
        read += length;
        written += length;
        return length > 0;
    }

    private static void FromUtf16(ReadOnlySpan<byte> bytes, bool isBigEndian, Span<byte> utf8, out int read, out int written)
    {
        read = written = 0;
        Span<char> scratch = stackalloc char[CharsAtOnce];
        var isFull = false;
        while (bytes.Length - read > 1 && !isFull)
        {
            var units = MemoryMarshal.Cast<byte, ushort>(bytes[read..]);
            var isLast = units.Length <= CharsAtOnce;
            var chars = scratch[..Math.Min(units.Length, CharsAtOnce)];
            if (isBigEndian == BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(units[..chars.Length], MemoryMarshal.Cast<char, ushort>(chars));
            else
                units[..chars.Length].CopyTo(MemoryMarshal.Cast<char, ushort>(chars));

            var status = Utf8.FromUtf16(chars, utf8[written..], out var charsRead, out var bytesWritten, isFinalBlock: isLast);
            isFull = status == System.Buffers.OperationStatus.DestinationTooSmall;
            read += charsRead * sizeof(char);
            written += bytesWritten;
        }

        // Half a unit at the end.
        if (bytes.Length - read == 1 && Rune.ReplacementChar.TryEncodeToUtf8(utf8[written..], out var length))
        {
            read++;
            written += length;
        }
    }
}
