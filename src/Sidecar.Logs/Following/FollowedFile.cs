using Sidecar.Logs.Batching;
using Sidecar.Logs.Checkpoints;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Following;

/// A file that is being read, and where its events go.
internal sealed record FollowedFile(FileTail Tail, StreamTarget Target)
{
    public Checkpoint ToCheckpoint(long seenAtMs) =>
        new(Tail.Identity, Tail.Path, Tail.Source.Name, Target, Tail.SeenBookmark, Tail.Size, seenAtMs, Tail.BornMs, Tail.IsStray ? Tail.Name : null, Tail.SureModifiedMs);
}
