namespace Sidecar.Logs.Discovery;

/// What the bytes of a file mean as characters.
internal enum TextEncoding
{
    Utf8,
    Latin1,

    /// Either byte order: the byte-order mark at the file's head tells which, little-endian without one.
    Utf16,
    Utf16LittleEndian,
    Utf16BigEndian,
}
