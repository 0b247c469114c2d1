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
            var index = _checkpoints.FindIndex(checkpoint => checkpoint.IsOf(file.Identity, file.BornMs));
            if (index < 0)
                index = _checkpoints.FindIndex(one => one.Identity.Inode == file.Identity.Inode && one.Path == file.Path && one.HasBirth(file.BornMs));
            if (index < 0)
                return null;

            var claimed = _checkpoints[index];
            _checkpoints.RemoveAt(index);
            return claimed;
        }
    }

    public IReadOnlyList<Checkpoint> All
    {
        get
        {
            lock (_lock)
                return [.. _checkpoints];
        }
    }

    public void Remove(Checkpoint checkpoint)
    {
        lock (_lock)
            _checkpoints.RemoveAll(one => one.IsOf(checkpoint.Identity, checkpoint.BornMs));
    }

    public Checkpoint? Find(FileStat file)
    {
        lock (_lock)
            return _checkpoints.Find(checkpoint => checkpoint.IsOf(file.Identity, file.BornMs));
    }

    public void Add(Checkpoint checkpoint)
    {
        lock (_lock)
        {
            _checkpoints.RemoveAll(one => checkpoint.SeenAtMs - one.SeenAtMs > KeptMs || one.IsOf(checkpoint.Identity, checkpoint.BornMs));
            if (_checkpoints.Count == MaxKept)
                _checkpoints.RemoveAt(0);
            _checkpoints.Add(checkpoint);
        }
    }
}
