using Sidecar.Logs.Batching;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Checkpoints;

/// How far one file was acknowledged, where its events go, and what is needed to know it again.
internal sealed record Checkpoint(
    FileIdentity Identity,
    string Path,
    string Source,
    StreamTarget Target,
    Bookmark Bookmark,
    long Size,
    long SeenAtMs)
{
    public long Unread => Math.Max(0, Size - Bookmark.Offset);
}
