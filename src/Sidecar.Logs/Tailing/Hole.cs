namespace Sidecar.Logs.Tailing;

/// What a writer that does not append leaves before its next line when its file was truncated. It reads as NULs, and so does what
/// lies around it in its page; a file system that knows no holes holds nothing but NULs. NULs within a line are no hole.
internal static class Hole
{
    /// No line has as many NULs in a row, and no file system has smaller holes than a page.
    public const int SmallestInside = 4096;

    /// At its two ends a file may have a smaller one, but a single NUL may be half a character.
    public const int SmallestAtEnds = 2;

    /// Where the first hole begins; -1 when there is none. One that goes on at the end shows when there is more of it.
    public static int IndexIn(ReadOnlySpan<byte> bytes, bool isStartOfFile)
    {
        if (isStartOfFile && bytes.StartsWith("\0\0"u8))
            return 0;

        // A hole has a NUL at one of these places, whichever the first one is.
        for (var at = 0; at < bytes.Length; at += SmallestInside)
        {
            if (bytes[at] != 0)
                continue;

            var from = bytes[..at].LastIndexOfAnyExcept((byte)0) + 1;
            if (RunLength(bytes[from..]) >= SmallestInside)
                return from;
        }

        return -1;
    }

    /// The length of the bytes without the hole that they end with.
    public static int WithoutEnd(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.LastIndexOfAnyExcept((byte)0) + 1;
        return bytes.Length - length < SmallestAtEnds ? bytes.Length : length;
    }

    public static int RunLength(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.IndexOfAnyExcept((byte)0);
        return length < 0 ? bytes.Length : length;
    }
}
