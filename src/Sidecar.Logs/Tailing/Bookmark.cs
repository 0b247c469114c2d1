namespace Sidecar.Logs.Tailing;

/// A place in a file that can be recognised again: the bytes at the file's head, be they read or only seen, and those just before
/// the place tell a file that was truncated and filled again, or an inode that was reused, from the one that was read.
internal sealed record Bookmark(long Offset, Fingerprint Head, Fingerprint Before)
{
    public const int HeadBytes = 256;
    private const int BeforeBytes = 64;

    public static readonly Bookmark Start = new(0, Fingerprint.Empty, Fingerprint.Empty);

    /// The place after these bytes, which were read from here on.
    public Bookmark Advance(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return this;

        return new Bookmark(
            Offset + bytes.Length,
            HeadWith(bytes),
            Fingerprint.Of(bytes[^Math.Min(BeforeBytes, bytes.Length)..]));
    }

    /// The place after a hole that begins here.
    public Bookmark AdvanceOverHole(long end)
    {
        Span<byte> zeros = stackalloc byte[(int)Math.Min(HeadBytes, end - Offset)];
        zeros.Clear();
        return new Bookmark(end, HeadWith(zeros), Fingerprint.Of(zeros[..Math.Min(BeforeBytes, zeros.Length)]));
    }

    /// The same place, known by more of the head if more of it was seen than read.
    public Bookmark WithHead(Fingerprint seen) => seen.Length > Head.Length ? this with { Head = seen } : this;

    /// The place after what a file held at some time, for a file whose past is not wanted.
    public static Bookmark After(ITailBytes file, long length)
    {
        var head = new byte[Math.Min(HeadBytes, length)];
        var before = new byte[Math.Min(BeforeBytes, length)];
        // In the order of the file: one that is compressed reads forward only.
        var headRead = file.Read(head, 0);
        var beforeRead = file.Read(before, length - before.Length);
        // Truncated since: begin at the beginning, which can repeat but never skips.
        return headRead == head.Length && beforeRead == before.Length
            ? new Bookmark(length, Fingerprint.Of(head), Fingerprint.Of(before))
            : Start;
    }

    /// False when the file is shorter than this, or holds something else than what was read or seen.
    public bool IsIn(ITailBytes file)
    {
        Span<byte> bytes = stackalloc byte[HeadBytes];
        return Holds(file, Head, 0, bytes) && Holds(file, Before, Offset - Before.Length, bytes);
    }

    /// Whether a file that ends before this place begins as the one that was read.
    public bool BeginsIn(ITailBytes file)
    {
        Span<byte> bytes = stackalloc byte[HeadBytes];
        return Head.Length > 0 && Holds(file, Head, 0, bytes);
    }

    /// Whether a file that begins with these bytes may be the one that was seen; never for one that was seen empty.
    public bool HeadIsIn(ReadOnlySpan<byte> bytes) =>
        Head.Length > 0 && Head.Length <= bytes.Length && Fingerprint.Of(bytes[..Head.Length]) == Head;

    private static bool Holds(ITailBytes file, Fingerprint expected, long offset, Span<byte> scratch)
    {
        if (expected.Length == 0)
            return true;
        if (expected.Length > scratch.Length || offset < 0)
            return false;

        var bytes = scratch[..expected.Length];
        return file.Read(bytes, offset) == bytes.Length && Fingerprint.Of(bytes) == expected;
    }

    private Fingerprint HeadWith(ReadOnlySpan<byte> bytes)
    {
        var known = Head.Length - Offset;
        return known < 0 || known >= bytes.Length || Head.Length >= HeadBytes
            ? Head
            : Head.Append(bytes[(int)known..Math.Min(bytes.Length, (int)known + HeadBytes - Head.Length)]);
    }
}
