namespace Sidecar.Logs.Tailing;

/// The bytes of a file as its writer wrote them, however they are kept now.
internal interface ITailBytes : IDisposable
{
    /// Whether they can't change any more.
    bool IsFixed { get; }

    /// What the kernel says of the file; Size is that of the bytes as they were written.
    FileStat Look();

    int Read(Span<byte> into, long offset);

    /// Where data begins again after the NULs that are found at this place; null when there is nothing but NULs up to the end.
    long? EndOfHole(long offset);
}
