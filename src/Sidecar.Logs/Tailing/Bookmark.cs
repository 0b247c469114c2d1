using Microsoft.Win32.SafeHandles;

namespace Sidecar.Logs.Tailing;

/// A place in a file that can be recognised again: the bytes at the file's head and those just before the place tell a file
/// that was truncated and filled again, or an inode that was reused, from the one that was read.
internal sealed record Bookmark(long Offset, Fingerprint Head, Fingerprint Before)
{
    private const int HeadBytes = 256;
    private const int BeforeBytes = 64;

    public static readonly Bookmark Start = new(0, Fingerprint.Empty, Fingerprint.Empty);

    /// The place after these bytes, which were read from here on.
    public Bookmark Advance(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return this;

        var missing = Math.Min(HeadBytes - Head.Length, bytes.Length);
        return new Bookmark(
            Offset + bytes.Length,
            Head.Append(bytes[..missing]),
            Fingerprint.Of(bytes[^Math.Min(BeforeBytes, bytes.Length)..]));
    }

    /// The place at the end of what a file holds now, for a file whose past is not wanted.
    public static Bookmark AtEnd(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var head = new byte[Math.Min(HeadBytes, length)];
        var before = new byte[Math.Min(BeforeBytes, length)];
        var headRead = RandomAccess.Read(file, head, 0);
        var beforeRead = RandomAccess.Read(file, before, length - before.Length);
        // Truncated between the calls: begin at the beginning, which can repeat but never skips.
        return headRead == head.Length && beforeRead == before.Length
            ? new Bookmark(length, Fingerprint.Of(head), Fingerprint.Of(before))
            : Start;
    }

    /// False when the file is shorter than this, or holds something else than what was read.
    public bool IsIn(SafeFileHandle file)
    {
        if (Offset == 0)
            return true;

        Span<byte> bytes = stackalloc byte[HeadBytes];
        return Holds(file, Head, 0, bytes) && Holds(file, Before, Offset - Before.Length, bytes);
    }

    /// Whether a file that ends before this place begins as the one that was read.
    public bool BeginsIn(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[HeadBytes];
        return Head.Length > 0 && Holds(file, Head, 0, bytes);
    }

    private static bool Holds(SafeFileHandle file, Fingerprint expected, long offset, Span<byte> scratch)
    {
        if (expected.Length > scratch.Length || offset < 0)
            return false;

        var bytes = scratch[..expected.Length];
        return RandomAccess.Read(file, bytes, offset) == bytes.Length && Fingerprint.Of(bytes) == expected;
    }
}
