using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// The bytes of a file that a batch stands for, from Start up to the bookmark, empty lines between its events included, and what
/// they told of time; or those of a hole, which holds no events. The generation tells them from those that take their place after a
/// truncation.
internal readonly record struct FileRange(
    FileIdentity File, long Start, Bookmark End, int Events, bool IsHole = false, LineClock Clock = default, int Generation = 0)
{
    public long Bytes => End.Offset - Start;
}
