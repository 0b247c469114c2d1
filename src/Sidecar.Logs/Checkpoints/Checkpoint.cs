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
    string? Name = null,
    long ModifiedMs = 0)
{
    /// The name under which such files are looked for, which is not its path any more once it was rotated.
    public string WatchedName => Name ?? Path;

    /// Whether this is of the file that has this identity and birth: an inode is given to another file as soon as it is free.
    public bool IsOf(FileIdentity identity, long bornMs) => Identity == identity && HasBirth(bornMs);

    public bool HasBirth(long bornMs) => BornMs == bornMs || BornMs == 0 || bornMs == 0;

    /// For one that has this identity: whether it can't be another file that has got the inode.
    public bool IsSurelyOf(long bornMs) => BornMs != 0 && BornMs == bornMs;

    /// Whether a file of this identity that was written to last at this time has not been since it was looked at.
    public bool IsUnchangedSince(long modifiedMs) => modifiedMs <= SeenAtMs || modifiedMs == ModifiedMs;

    public long Unread => Math.Max(0, Size - Bookmark.Offset);
}
