using System.Collections.Immutable;
using Sidecar.Logs.Tailing;

namespace Sidecar.Logs.Batching;

/// The files whose events go to one stream, oldest first, and whose turn it is. At most one batch of a stream is under way at
/// any time: its events arrive in the order of the file, and an acknowledgement moves the bookmark straight on.
internal sealed class LogStream(StreamTarget target)
{
    private ImmutableArray<FileTail> _files = [];
    private int _isClaimed;
    private long _acknowledgedTicks;

    public StreamTarget Target => target;

    public ImmutableArray<FileTail> Files => _files;

    /// Those of which something may be taken.
    public ImmutableArray<FileTail> Ready
    {
        get
        {
            var files = _files;
            foreach (var file in files)
            {
                if (file.IsEarly)
                    return files.RemoveAll(static one => one.IsEarly);
            }

            return files;
        }
    }

    /// The file with which the next batch begins, rather than with the first.
    public FileTail? Next { get; set; }

    /// The change of what is to be remembered that its last acknowledgement was.
    public long LastChange { get; set; }

    /// When a batch may be sent again although it is not full, in milliseconds of the agent's clock.
    public long NextSendAt { get; set; }

    /// When it may be tried again after a failure; nothing is sent before.
    public long RetryAt { get; set; }

    /// Failures since the last success.
    public int Failures { get; set; }

    /// What keeps its events from being taken; null when nothing does. Set by whoever has claimed it, read by anyone.
    public StreamTrouble? Trouble { get; set; }

    /// When a batch was last acknowledged; null when none was yet. Read by anyone.
    public DateTimeOffset? AcknowledgedAt
    {
        get => Volatile.Read(ref _acknowledgedTicks) is var ticks && ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
        set => Volatile.Write(ref _acknowledgedTicks, value?.UtcTicks ?? 0);
    }

    public FlushPace Pace { get; } = new();

    public Portion Portion { get; } = new();

    /// What rotation left is older than what bears the name now, but not than what has lost it before.
    public void Add(FileTail file) => ImmutableInterlocked.Update(
        ref _files,
        static (files, added) =>
        {
            for (var i = 0; added.IsStray && i < files.Length; i++)
            {
                if (files[i].Lineage == added.Lineage && IsAfter(files[i], added))
                    return files.Insert(i, added);
            }

            return files.Add(added);
        },
        file);

    private static bool IsAfter(FileTail file, FileTail added) =>
        (!file.IsStray && file.LostNameAt is null) || file.Seen.ModifiedNs > added.Seen.ModifiedNs;

    public void Remove(FileTail file) => ImmutableInterlocked.Update(ref _files, (files, gone) => files.Remove(gone), file);

    /// Gives the caller the files' reading position and the fields above, until it releases them.
    public bool TryClaim() => Interlocked.CompareExchange(ref _isClaimed, 1, 0) == 0;

    public bool IsFree => Volatile.Read(ref _isClaimed) == 0;

    public void Release() => Volatile.Write(ref _isClaimed, 0);
}
