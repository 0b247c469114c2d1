using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// The bytes of a file that a batch stands for, from Start up to the bookmark, empty lines between its events included.
internal readonly record struct FileRange(FileIdentity File, long Start, Bookmark End, int Events)
{
    public long Bytes => End.Offset - Start;
}
