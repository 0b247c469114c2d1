using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Sidecar.Logs.Discovery;

/// Paths of any bytes as text: a name need not be UTF-8, and .NET can't open one that is not. A byte that is no UTF-8 stands as a
/// lone low surrogate (U+DC80 for 0x80), which no text can hold otherwise.
internal static partial class RawPath
{
    private const char Escape = '\uDC00';
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';
    private const int NameOffset = 19;
    private const int KindOffset = 18;
    private const int LengthOffset = 16;
    private const int FolderKind = 4;

    /// Long enough for every path that the kernel takes.
    public const int MaxBytes = 4096 + 1;

    /// Whether so many bytes are enough in any case.
    public static bool Fits(string path, int bytes) => (path.Length * 3) + 1 <= bytes;

    /// The bytes that the kernel knows the path by, ended with a NUL; empty when there are too many.
    public static ReadOnlySpan<byte> ToBytes(string path, Span<byte> buffer)
    {
        var rest = path.AsSpan();
        var length = 0;
        while (!rest.IsEmpty)
        {
            var plain = rest.IndexOfAnyInRange(FirstEscape, LastEscape) is var at and >= 0 ? rest[..at] : rest;
            // A low surrogate after a high one is the second half of a character.
            if (plain.Length < rest.Length && !plain.IsEmpty && char.IsHighSurrogate(plain[^1]))
                plain = rest[..(plain.Length + 1)];
            if (!Encoding.UTF8.TryGetBytes(plain, buffer[length..^1], out var written))
                return [];
            length += written;
            rest = rest[plain.Length..];
            if (rest.IsEmpty || rest[0] is < FirstEscape or > LastEscape)
                continue;
            if (length == buffer.Length - 1)
                return [];
            buffer[length++] = (byte)(rest[0] - Escape);
            rest = rest[1..];
        }

        buffer[length] = 0;
        return buffer[..(length + 1)];
    }

    public static string FromBytes(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var wrong in name[..length])
                    text.Append((char)(Escape + wrong));
            }

            name = name[length..];
        }

        return text.ToString();
    }

    /// As people and the service can read it.
    public static string ToShow(string path) =>
        IsEscaped(path) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(path)) : path;

    /// Whether .NET has read a name that is no UTF-8, so that no file is found by what it made of it.
    public static bool IsGarbled(ReadOnlySpan<char> name) => name.Contains('\uFFFD');

    /// Whether a path has bytes that .NET can't express.
    public static bool IsEscaped(ReadOnlySpan<char> path) => path.ContainsAnyInRange(FirstEscape, LastEscape);

    /// What is in a folder, under its true names; nothing when it can't be read.
    public static unsafe List<(string Name, bool IsFolder)> NamesIn(string folder)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        var names = new List<(string, bool)>();
        var path = ToBytes(folder, buffer);
        var handle = path.IsEmpty ? 0 : OpenFolder(path);
        if (handle == 0)
            return names;

        // struct dirent has this form on every 64-bit Linux, with glibc and with musl.
        while (ReadEntry(handle) is var entry && entry != 0)
        {
            var bytes = (byte*)entry;
            var longest = *(ushort*)(bytes + LengthOffset) - NameOffset;
            var name = new ReadOnlySpan<byte>(bytes + NameOffset, longest);
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                names.Add((FromBytes(name), bytes[KindOffset] == FolderKind));
        }

        _ = CloseFolder(handle);
        return names;
    }

    [LibraryImport("libc", EntryPoint = "opendir")]
    private static partial nint OpenFolder(ReadOnlySpan<byte> path);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint ReadEntry(nint folder);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint folder);
}
