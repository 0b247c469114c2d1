using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Checkpoints;

/// What an earlier run remembers of files that this one has not found yet. They are kept for a day: a volume may be late.
internal sealed class UnclaimedCheckpoints(IEnumerable<Checkpoint> checkpoints)
{
    private const long KeptMs = 24L * 60 * 60 * 1000;

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

    public void Add(Checkpoint checkpoint)
    {
        lock (_lock)
            _checkpoints.Add(checkpoint);
    }
}
