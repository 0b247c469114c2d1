using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Sidecar.Logs.Discovery;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Events;

/// Finds line ends and whole characters in the raw bytes of a file, which are cut before they are re-encoded: an offset is always
/// one of the file. UTF-16 text begins with a whole unit.
internal static class CodeUnits
{
    /// How many bytes a unit of the encoding has.
    public static int SizeOf(TextEncoding encoding) => encoding is TextEncoding.Utf8 or TextEncoding.Latin1 ? 1 : 2;

    public static int IndexOfNewline(ReadOnlySpan<byte> text, TextEncoding encoding)
    {
        if (SizeOf(encoding) == 1)
            return text.IndexOf((byte)'\n');

        var unit = MemoryMarshal.Cast<byte, ushort>(text).IndexOf(Newline(encoding));
        return unit < 0 ? -1 : unit * 2;
    }

    public static int LastIndexOfNewline(ReadOnlySpan<byte> text, TextEncoding encoding)
    {
        if (SizeOf(encoding) == 1)
            return text.LastIndexOf((byte)'\n');

        var unit = MemoryMarshal.Cast<byte, ushort>(text).LastIndexOf(Newline(encoding));
        return unit < 0 ? -1 : unit * 2;
    }

    public static ReadOnlySpan<byte> WithoutReturn(ReadOnlySpan<byte> text, TextEncoding encoding)
    {
        if (SizeOf(encoding) == 1)
            return text.Length > 0 && text[^1] == '\r' ? text[..^1] : text;
        return text.EndsWith(encoding == TextEncoding.Utf16BigEndian ? "\0\r"u8 : "\r\0"u8) ? text[..^2] : text;
    }

    /// The largest length up to max that cuts no character in two.
    public static int WholeCharacters(ReadOnlySpan<byte> text, int max, TextEncoding encoding)
    {
        if (text.Length <= max || encoding == TextEncoding.Latin1)
            return Math.Min(text.Length, max);

        if (encoding != TextEncoding.Utf8)
        {
            max &= ~1;
            return max > 2 && text.Length - max > 1 && char.IsLowSurrogate((char)UnitAt(text[max..], encoding)) ? max - 2 : max;
        }

        // A character has at most three continuation bytes; where there are more it is no UTF-8, and any place is as good.
        for (var length = max; length > max - 4 && length > 0; length--)
        {
            if ((text[length] & 0xC0) != 0x80)
                return length;
        }

        return max;
    }

    /// How long the byte-order mark is that a file's first bytes begin with.
    public static int ByteOrderMark(ReadOnlySpan<byte> head, TextEncoding encoding) => encoding switch
    {
        TextEncoding.Utf8 => head.StartsWith("\uFEFF"u8) ? 3 : 0,
        TextEncoding.Latin1 => 0,
        _ => head.Length > 1 && UnitAt(head, encoding) == 0xFEFF ? 2 : 0,
    };

    /// The byte order of a file whose mark is to tell it.
    public static TextEncoding OrderOf(FileTail file)
    {
        if (file.Source.Encoding != TextEncoding.Utf16)
            return file.Source.Encoding;

        Span<byte> head = stackalloc byte[2];
        return file.Read(head, 0) == head.Length && UnitAt(head, TextEncoding.Utf16BigEndian) == 0xFEFF
            ? TextEncoding.Utf16BigEndian
            : TextEncoding.Utf16LittleEndian;
    }

    private static ushort UnitAt(ReadOnlySpan<byte> text, TextEncoding encoding) => encoding == TextEncoding.Utf16BigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(text)
        : BinaryPrimitives.ReadUInt16LittleEndian(text);

    /// A newline as it is read from memory in this machine's byte order.
    private static ushort Newline(TextEncoding encoding) =>
        encoding == TextEncoding.Utf16BigEndian == BitConverter.IsLittleEndian ? (ushort)0x0A00 : (ushort)0x000A;
}
