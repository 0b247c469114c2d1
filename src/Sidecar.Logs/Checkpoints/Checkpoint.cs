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
    long SeenAtMs,
    long BornMs = 0,
    string? Name = null)
{
    /// The name under which such files are looked for, which is not its path any more once it was rotated.
    public string WatchedName => Name ?? Path;

    /// Whether this is of the file that has this identity and birth: an inode is given to another file as soon as it is free.
    public bool IsOf(FileIdentity identity, long bornMs) => Identity == identity && HasBirth(bornMs);

    public bool HasBirth(long bornMs) => BornMs == bornMs || BornMs == 0 || bornMs == 0;

    public long Unread => Math.Max(0, Size - Bookmark.Offset);
}
