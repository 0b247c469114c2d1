using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Checkpoints;

/// What is remembered of files that are not open: those of an earlier run that were not found yet, since a volume may be late, and
/// those that were read to their end, since they may come back under another name. Kept for a day.
internal sealed class UnclaimedCheckpoints(IEnumerable<Checkpoint> checkpoints)
{
    private const long KeptMs = 24L * 60 * 60 * 1000;
    private const int MaxKept = 10_000;

    private readonly Lock _lock = new();
    private readonly List<Checkpoint> _checkpoints = [.. checkpoints];

    public IReadOnlyList<Checkpoint> Kept(DateTimeOffset now)
    {
        lock (_lock)
            return [.. _checkpoints.Where(checkpoint => now.ToUnixTimeMilliseconds() - checkpoint.SeenAtMs < KeptMs)];
    }

    /// The checkpoint of a file, which is no longer unclaimed then. Devices are numbered anew at a reboot, so the same inode
    /// under the same name will do; what the file holds has the last word.
    public Checkpoint? Claim(FileTail file)
    {
        lock (_lock)
        {
            var index = _checkpoints.FindIndex(checkpoint => checkpoint.Identity == file.Identity);
            if (index < 0)
                index = _checkpoints.FindIndex(one => one.Identity.Inode == file.Identity.Inode && one.Path == file.Path);
            if (index < 0)
                return null;

            var claimed = _checkpoints[index];
            _checkpoints.RemoveAt(index);
            return claimed;
        }
    }

    public Checkpoint? Find(FileIdentity identity)
    {
        lock (_lock)
            return _checkpoints.Find(checkpoint => checkpoint.Identity == identity);
    }

    public void Add(Checkpoint checkpoint)
    {
        lock (_lock)
        {
            _checkpoints.RemoveAll(one => checkpoint.SeenAtMs - one.SeenAtMs > KeptMs || one.Identity == checkpoint.Identity);
            if (_checkpoints.Count == MaxKept)
                _checkpoints.RemoveAt(0);
            _checkpoints.Add(checkpoint);
        }
    }
}
